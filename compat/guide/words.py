"""What the pages name must be there: commands and their flags, keys, variables, links. The program itself is asked."""

import os
import re
import shlex
import subprocess
from functools import cache

from .pages import HERE, Page

SECTIONS = (
    "database", "django", "rest_framework", "user_model", "token_model", "verify", "cors", "passwords", "hash_limits",
    "log", "decisions",
)  # fmt: skip
URL = 'database_url = "sqlite:///guide.sqlite3"\n'
# Words in backquotes that look like keys, and are not drf-auth's.
NOT_KEYS = {
    # nginx
    "limit_req", "proxy_pass", "proxy_set_header", "real_ip_header", "set_real_ip_from", "split_clients",
    # PostgreSQL, Django, REST framework and their tables
    "auth_group", "auth_user_groups", "check_password", "last_login", "make_password", "max_size", "post_save",
    "prepare_threshold", "rest_framework", "superuser_reserved_connections", "user_login_failed",
    # a view, a file of the examples, words of the library
    "ca_file", "issue_token", "obtain_auth_token", "owner_url", "permission_routes", "text_ids",
}  # fmt: skip


class Words:
    """Asks one binary."""

    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder
        self.help = cache(self._help)

    def run(self, *arguments, **variables):
        """Exit code and all that it says, in a folder without a configuration."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DRF_AUTH_", "DATABASE_URL"))}
        done = subprocess.run(
            [self.binary, *arguments], cwd=self.folder, env={**kept, **variables}, capture_output=True, text=True
        )
        return done.returncode, done.stdout + done.stderr

    def _help(self, *command):
        status, said = self.run(*command, "--help")
        return said if status == 0 else None

    def configured(self, text):
        """What it says about a configuration: exit code and text."""
        path = self.folder / "guide.toml"
        path.write_text(text if re.search(r"^database_url", text, re.M) else URL + text)
        return self.run("openapi", "--config", str(path))

    def commands(self, page):
        """Every `drf-auth …` is a command, and its flags and arguments are such."""
        lines = [line[2:] for block in page.blocks("console") for line in block.splitlines() if line[:2] in ("$ ", "# ")]
        lines += [span for span in page.spans() if span.startswith("drf-auth ")]
        found = [words for line in lines for words in programs(line) if words[0] == "drf-auth"]
        for words in found:
            wrong = self.command(words[1:])
            assert wrong is None, f"{shlex.join(words)}: {wrong}"
        return len(found)

    def command(self, words):
        """What is wrong with the words after `drf-auth`, or None."""
        command = []
        while words and not words[0].startswith("-") and len(command) < (2 if command == ["users"] else 1):
            command.append(words.pop(0))
        said = self.help(*command)
        if said is None:
            return f"there is no command {' '.join(command)}"
        usage = re.search(r"^Usage: .*$", said, re.M)[0]
        options = {
            name: value
            for line in re.findall(r"^ +(-.*)$", said, re.M)
            for names, value in [re.match(r"((?:-[\w-]+(?:, )?)+)( <\w+>)?", line).groups()]
            for name in names.split(", ")
        }
        places = len(re.findall(r"<\w+>|\[(?!OPTIONS)[A-Z]+\]", usage))
        while words:
            word = words.pop(0)
            if not word.startswith("-"):
                places -= 1
                continue
            if word not in options:
                return f"there is no option {word}"
            if options[word] and words:
                words.pop(0)
        return "it takes fewer arguments" if places < 0 else None

    def files(self, page):
        """Every block of TOML is a configuration that it takes."""
        blocks = page.blocks("toml")
        for block in blocks:
            # What mounted secrets name is not here.
            status, said = self.configured(re.sub(r'^database_url_file = ".*"$', URL.strip(), block, flags=re.M))
            assert status == 0, f"{said}\nof:\n{block}"
        return len(blocks)

    def keys(self, page):
        """Every key in backquotes is one, and takes the value beside it."""
        spans = page.spans()
        tables = [re.fullmatch(r"\[(\w+)\](?: (\w+)(?: = (.+))?)?", span) for span in spans]
        tables = [found.groups() for found in tables if found]
        for section, key, value in tables:
            assert section in (*SECTIONS, "routes"), f"there is no section [{section}]"
            if value:
                status, said = self.configured(f"[{section}]\n{key} = {value}\n")
                assert status == 0, said
        named = {f"{section}.{key}" for section, key, _ in tables if key}
        # Metrics are looked for where there are some.
        bare = {span.split(" = ")[0] for span in spans if re.fullmatch(r"(?!drf_auth)[a-z]+(_[a-z0-9]+)+( = .+)?", span)}
        bare -= NOT_KEYS
        lost = named & self.unknown(named)
        for word in bare:
            places = {word, *(f"{section}.{word}" for section in SECTIONS)}
            if places <= self.unknown(places):
                lost.add(word)
        assert not lost, f"no key, and no word that the test knows: {', '.join(sorted(lost))}"
        return len(named) + len(bare)

    def unknown(self, keys):
        """Those of these keys that there are not. Their value is of no type that a key has."""
        text = URL + "".join(f"{key} = 1979-05-27\n" for key in sorted(keys) if key != "database_url")
        _, said = self.configured(text)
        return set(re.findall(r"^  ([\w.]+) \([^()]*\): there is no such key", said, re.M))

    def variables(self, page):
        """Every DRF_AUTH_… variable is one."""
        names = set(re.findall(r"\bDRF_AUTH_[A-Z_]+\b", page.text))
        for name in names:
            _, said = self.run("openapi", **{name: "x"})
            assert "there is no such key" not in said, said
        return len(names)


def programs(line):
    """The commands of a line of shell, each as its words."""
    for part in re.split(r"\|\|?|&&|;|\$\(", line):
        words = shlex.split(part.replace("(", " ").replace(")", " "))
        while words and re.match(r"\w+=", words[0]):
            words.pop(0)
        if words[:2] == ["setsid", "-w"]:
            words = words[2:]
        if words:
            yield [word for word in words if not word.startswith((">", "<"))]


def links(pages, page):
    """Every link leads to a file, and to a heading in it."""
    for link in page.links():
        name, _, anchor = link.partition("#")
        path = (HERE / name).resolve() if name else HERE / page.name
        assert path.exists(), f"{link} leads nowhere"
        if anchor:
            there = pages.get(path.name) if path.parent == HERE else Page(path.name, path.read_text())
            assert anchor in there.anchors(), f"{path.name} has no heading for #{anchor}"
    return len(page.links())
