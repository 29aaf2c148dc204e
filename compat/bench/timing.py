"""`timing`: for each class of account, the chance to tell it from no account by how long a refusal takes."""

from collections import Counter

from compare.servers import say

from . import chart, report, wire
from .accounts import PASSWORD, WRONG, Account, encoded
from .load import Load
from .stage import Stage, cpu
from .stats import auc, chance, median

NOBODY = "no such user"
AGAIN = "no such user, once more"
PREFERRED = "preferred hasher, same cost"
RIGHT = "inactive, right password"
INACTIVE = "inactive, wrong password"
ACCOUNTS = 4  # of a class, so that it is the class that is measured and not a row
BLOCK = 5  # requests of a class in a row of one server's


def stored_by_class(stage):
    """What the classes' rows hold, all encoded by Django itself where it is an encoding."""
    few, many = max(stage.iterations // 4, 1), stage.iterations * 2
    made = {
        PREFERRED: ["pbkdf2_sha256", None],
        "preferred hasher, a quarter": ["pbkdf2_sha256", few],
        "preferred hasher, twice": ["pbkdf2_sha256", many],
        "pbkdf2_sha1": ["pbkdf2_sha1", stage.iterations],
        "argon2": ["argon2", None],
        "bcrypt_sha256": ["bcrypt_sha256", None],
        "scrypt": ["scrypt", None],
        "md5": ["md5", None],
    }
    rows = dict(zip(made, encoded(stage.database, list(made.values()))))
    rows["unusable password"] = "!" + "x" * 40
    rows["empty password"] = ""
    rows["malformed"] = "pbkdf2_sha256$1000$salt"
    rows["unknown algorithm"] = "crypt$$ab"
    rows[INACTIVE] = rows[RIGHT] = rows[PREFERRED]
    return rows


class Classes:
    """The classes, their accounts, and their requests."""

    def __init__(self, stage, load_by):
        self.draw = stage.draw
        rows = stored_by_class(stage)
        self.names = [NOBODY, AGAIN, *rows]
        self.users = {name: [self._name() for _ in range(ACCOUNTS)] for name in self.names}
        self.accounts = [
            Account(user, rows[name], is_active=name not in (INACTIVE, RIGHT))
            for name in rows
            for user in self.users[name]
        ]
        # Those that log in meanwhile; where their rows are not to be encoded anew, with a wrong password.
        stored = rows[load_by or PREFERRED]
        self.busy = [Account(self._name(), stored, f"{self.draw.getrandbits(160):040x}") for _ in range(32)]
        self.busy_password = WRONG if load_by else PASSWORD

    def _name(self):
        return f"{self.draw.getrandbits(40):010x}"

    def request(self, name, path):
        """A login of that class."""
        user = self._name() if name in (NOBODY, AGAIN) else self.draw.choice(self.users[name])
        return wire.login(user, PASSWORD if name == RIGHT else WRONG, path)


class Asked:
    """One server's answers: by class the milliseconds, and what was answered."""

    def __init__(self, port, names):
        self.port, self.client = port, wire.Client(port)
        self.times = {name: [] for name in names}
        self.said = {name: Counter() for name in names}
        self.refused = 0

    def block(self, classes, path, keep):
        """BLOCK requests of each class in a random order."""
        order = classes.names * BLOCK
        classes.draw.shuffle(order)
        for name in order:
            status, body, seconds = self.client.ask(classes.request(name, path))
            if not keep:
                continue
            if status == 503:
                self.refused += 1
                continue
            self.times[name].append(seconds * 1000)
            self.said[name][status, body] += 1
        self.client.close()

    def told(self, name, seed):
        """(median, chance by one, chance by the mean of ten, AUC); the status or the body alone may tell all."""
        usual = self.said[NOBODY].most_common(1)[0][0]
        other = [answer for answer in self.said[name] if answer != usual]
        middle = median(self.times[name])
        if other:
            return middle, 1.0, 1.0, None, other[0][0]
        pair = self.times[NOBODY], self.times[name]
        return middle, chance(*pair, seed), chance(*pair, seed, mean_of=10), auc(*pair), None


def measure(stage, classes, servers, options):
    """Asks both servers in turn, block by block; the first block of each warms it up."""
    asked = {name: Asked(port, classes.names) for name, port in servers.items()}
    blocks = -(-options.samples // BLOCK)
    busy = [wire.login(one.username, classes.busy_password, options.login_path) for one in classes.busy]
    for number in range(blocks + 1):
        say(f"block {number} of {blocks}")
        for one in asked.values():
            if not options.load:
                one.block(classes, options.login_path, keep=number > 0)
                continue
            more = {"mode": "closed", "clients": options.load, "seconds": 3600, "answers": 0, "longest": 3600}
            with Load(one.port, busy, options.seed + number, **more) as load:
                one.block(classes, options.login_path, keep=number > 0)
                load.end()
                load.result()
    return asked


def run(options, stack):
    """The figure."""
    stage = Stage(options, stack, iterations=options.iterations or 100_000)
    classes = Classes(stage, options.load_by)
    stage.fill([*classes.accounts, *classes.busy])
    servers = {"DRF": stage.django().port, "drf-auth": stage.drf_auth().port}
    asked = measure(stage, classes, servers, options)
    names = classes.names[1:]
    told = {server: [one.told(name, options.seed) for name in names] for server, one in asked.items()}
    heads = ["account"]
    for server in told:
        heads += [f"{server}: ms", "told by one", "by ten", "AUC"]
    rows = [
        [NOBODY, *(cell for one in asked.values() for cell in (report.number(median(one.times[NOBODY])), "", "", ""))]
    ]
    for index, name in enumerate(names):
        rows.append([name, *(cell for server in told.values() for cell in _cells(server[index]))])
    title = "Telling an account from no account by the time of a refusal"
    lines = [_sentence(stage, options), "", *report.table(heads, rows), "", *_summary(names, told, asked)]
    how = f"{report.today()}, {stage.iterations:,} iterations, {'under load' if options.load else 'idle'}, {cpu()}"
    series = {server: [one[1] * 100 for one in all_] for server, all_ in told.items()}
    panel = chart.Panel(
        "", "chance to tell it from no such user by one request, %", names, series, bars=True, low=50, high=100,
        marks={50: "a guess", 55: "goal"},
    )  # fmt: skip
    report.publish(stage, title, lines, {"": chart.svg(title, how, [panel])})


def _cells(told):
    middle, one, ten, area, status = told
    if status is not None:
        return report.number(middle), f"100 % ({status})", "100 %", "–"
    return report.number(middle), f"{one:.0%}".replace("%", " %"), f"{ten:.0%}".replace("%", " %"), f"{area:.2f}"


def _sentence(stage, options):
    load = "on an idle server"
    if options.load:
        load = f"while {options.load} clients " + (f"guess at rows of {options.load_by}" if options.load_by else "log in")
    return (
        f"{options.samples} refusals a class at {stage.iterations:,} iterations, {load}, one at a time in a random"
        " order. 50 % is a guess, 100 % is certain; a status in brackets is what tells it."
    )


def _summary(names, told, asked):
    lines = []
    for server, all_ in told.items():
        real = {name: one[1] for name, one in zip(names, all_) if name != AGAIN}
        worst = max(real, key=real.get)
        given = [name for name, share in real.items() if share > 0.75]
        lines.append(
            f"- {server}: worst is {worst} with {real[worst]:.0%}; over 75 %: {len(given)}; over 55 %:"
            f" {sum(share > 0.55 for share in real.values())} of {len(real)}; refused by 503: {asked[server].refused}."
        )
    count = min(len(times) for one in asked.values() for times in one.times.values())
    error = 1.96 * (0.125 / count) ** 0.5
    lines.append(f"- Noise: with {count} samples a class, 50 % means 50 ± {error * 100:.0f} %; “{AGAIN}” shows it.")
    return lines
