"""What is shown of every project. Each method that begins with `test_` is one case; its docstring says what."""

import re
import tomllib

from .catalogue import ALL_USERS, AXES
from .stage import ITERATIONS

REFUSED = {"non_field_errors": ["Unable to log in with provided credentials."]}
# Keys of the configuration that are asked for as soon as the service starts.
ASKED = (
    "table", "id_column", "username_field", "password_column", "is_active_column", "is_staff_column",
    "is_superuser_column", "email_column", "key_column", "user_column", "created_column", "groups_table",
    "user_permissions_table", "relation_column",
)  # fmt: skip


class Cases:
    """The cases of one project on one engine, each a method."""

    def __init__(self, stage):
        self.stage, self.project, self.hands = stage, stage.project, stage.hands
        self.django, self.rust = stage.django, stage.rust
        self.sides = (self.django, self.rust)

    def run(self, report):
        """All of them."""
        for name in [name for name in dir(self) if name.startswith("test_")]:
            case = getattr(self, name)
            wrong = None
            try:
                case()
            except Exception as error:
                wrong = f"{type(error).__name__}: {error}"
            report(self.stage.name, case.__doc__, wrong)

    def same(self, ask, status=None):
        """Both give the same answer, which is returned."""
        ours, theirs = ask(self.rust), ask(self.django)
        assert ours == theirs, f"\n drf-auth {ours}\n Django   {theirs}"
        assert status in (None, ours.status), f"{ours}, not {status}"
        return ours


class Proofs(Cases):
    """What is shown of every project."""

    def user(self, word, password="correct horse", **values):
        """A new user's name."""
        made = {key: value.format(word) for key, value in self.project.values.items()}
        name = self.project.name_of(word)
        self.hands("create", password=password, **{self.project.username: name}, **made, **values)
        return name

    def test_01_a_login_here_and_django_takes_the_token(self):
        """a first login here makes a token that Django takes, and both show the same profile"""
        name = self.user("Ann", password="pass ann")
        answer = self.rust.login(name, "pass ann")
        token = answer.json()["token"]
        assert self.hands("tokens", name=name) == [token]
        length = self.project.token_model.get("key_length", 40)
        assert len(token) == length and not set(token) - set("0123456789abcdef"), "the key is of another kind"
        self.same(lambda side: side.profile(token), 200)
        for path in ("/api-token-auth/", "/login/"):
            again = self.same(lambda side: side.login(name, "pass ann", path), 200)
            assert again.json() == {"token": token}

    def test_02_a_login_in_django_and_we_take_the_token(self):
        """a first login in Django makes a token that is taken here, and given to the next login here"""
        name = self.user("Bob")
        token = self.django.login(name, "correct horse").json()["token"]
        self.same(lambda side: side.profile(token), 200)
        self.same(lambda side: side.login(name, "correct horse"), 200)

    def test_03_refusals(self):
        """wrong passwords, names and tokens are refused alike"""
        name = self.user("Cid")
        token = self.hands("issue", name=name)
        for wrong in ("", "x", "CORRECT HORSE", "correct horse "):
            self.same(lambda side: side.login(name, wrong), 400)
            self.same(lambda side: side.login(name, wrong, "/login/"), 400)
        for nobody in ("", "nobody", "' OR 1=1 --", "%", name.replace("i", "_", 1), name + "x", "\\"):
            self.same(lambda side: side.login(nobody, "correct horse"), 400)
            self.same(lambda side: side.login(nobody, "correct horse", "/login/"), 400)
        for wrong in ("0" * len(token), "x", token[1:], token + "0"):
            self.same(lambda side: side.profile(wrong), 401)
        self.same(lambda side: side.profile(None), 401)

    def test_04_other_spellings_of_a_name(self):
        """a name in other cases, or with spaces, finds whom it finds in Django"""
        name = self.user("Dörte")
        for other in (name.lower(), name.upper(), name.swapcase(), f" {name}", f"{name} ", name.replace("ö", "o")):
            for path in ("/api-token-auth/", "/login/"):
                answer = self.same(lambda side: side.login(other, "correct horse", path))
        expected = 200 if self.project.iexact or self.stage.engine.name == "mariadb" else 400
        assert self.rust.login(name.replace("D", "d"), "correct horse").status == expected

    def test_05_logout(self):
        """a token that is deleted here is gone in Django, and the other way round"""
        name = self.user("Eve")
        for one, other in ((self.rust, self.django), (self.django, self.rust)):
            token = one.login(name, "correct horse").json()["token"]
            assert one.ask("POST", "/logout/", token=token).status == 204
            assert other.profile(token).status == 401
            assert self.hands("tokens", name=name) == []

    def test_06_upgrade(self):
        """a login here encodes a password of lower cost anew, and Django takes it"""
        name = self.user("Fay", iterations=1000)
        old = self.hands("password", name=name)
        assert old.split("$")[1] == "1000"
        self.same(lambda side: side.login(name, "wrong"), 400)
        assert self.hands("password", name=name) == old
        assert self.rust.login(name, "correct horse").status == 200
        new = self.hands("password", name=name)
        assert new.split("$")[1] == str(ITERATIONS)
        assert self.django.login(name, "correct horse").status == 200
        assert self.hands("password", name=name) == new

    def test_07_inactive(self):
        """who is not active logs in where AllowAllUsersModelBackend lets everyone, and is nobody with a token"""
        if not self.project.has_active:
            return
        name = self.user("Gus")
        token = self.hands("issue", name=name)
        self.hands("update", name=name, is_active=False)
        expected = 200 if ALL_USERS in self.project.backends else 400
        self.same(lambda side: side.login(name, "correct horse"), expected)
        self.same(lambda side: side.profile(token), 401)

    def test_08_hidden(self):
        """whom the manager hides does not log in, but tokens stay what they are in Django: good"""
        if not self.project.hidden:
            return
        name = self.user("Hal")
        token = self.hands("issue", name=name)
        self.same(lambda side: side.login(name, "correct horse"), 200)
        self.hands("update", name=name, **self.project.hidden)
        answer = self.same(lambda side: side.login(name, "correct horse"), 400)
        assert answer.json() == REFUSED
        self.same(lambda side: side.profile(token), 200)
        assert self.rust.ask("POST", "/logout/", token=token).status == 204

    def test_09_verify(self):
        """the verify view names the user as the rows do, and asks for staff, permissions and groups as Django"""
        name = self.user("Ida")
        token = self.rust.login(name, "correct horse").json()["token"]
        answer = self.rust.ask("GET", "/verify/", token=token)
        assert answer.status == 200 and answer.json()["username"] == name, answer
        if not self.project.has_groups:
            return
        paths = ("/verify/staff/", "/verify/editors/", "/verify/team/")
        assert {self.rust.ask("GET", path, token=token).status for path in paths} == {403}
        permission = self.hands("grant", name=name, group="team", codename="change_group")
        self.hands("update", name=name, is_staff=True)
        assert permission == "auth.change_group" and self.hands("may", name=name, permission=permission)
        assert {self.rust.ask("GET", path, token=token).status for path in paths} == {200}

    def test_10_two_rows_of_one_name(self):
        """a name that two rows have: 500 in Django, refused here as a wrong password; each token stays good"""
        if not self.project.iexact or self.stage.engine.name == "mariadb":
            return
        names = [self.user("Joe"), self.user("JOE")]
        tokens = [self.hands("issue", name=name) for name in names]
        for name in names:
            assert self.django.login(name, "correct horse").status == 500
            answer = self.rust.login(name, "correct horse")
            assert (answer.status, answer.json()) == (400, REFUSED), answer
        for token in tokens:
            self.same(lambda side: side.profile(token), 200)
        assert "two users of one name" in (self.stage.folder / "drf-auth.log").read_text()

    def test_11_several_tokens(self):
        """several tokens of one user are all good; which to give a login nobody knows: 500 in Django, 503 here"""
        if self.project.app != "staff":
            return
        name = self.user("Kim")
        for token in [self.hands("issue_more", name=name) for _ in range(2)]:
            self.same(lambda side: side.profile(token), 200)
        assert (self.django.login(name, "correct horse").status, self.rust.login(name, "correct horse").status) == (
            500,
            503,
        )

    def test_12_every_key_is_needed(self):
        """without any one of its keys the service does not start, and says which to write"""
        for section in ("user_model", "token_model"):
            for key in [key for key in getattr(self.project, section) if key in ASKED]:
                code, said = self.stage.refused(without(self.stage.configured(), section, key))
                assert code == 2 and f"{section}.{key}" in said, f"without {section}.{key}: {code} {said}"

    def test_13_a_requirement_that_cannot_be_met(self):
        """a requirement with a column or a value that does not fit is refused at the start"""
        password = self.project.user_model.get("password_column", "password")
        fits = without(self.stage.configured(), "user_model", "require")
        for require in ("no_such_column = true", f"{password} = true", f"{password} = 1"):
            text = fits.replace("\n[user_model]\n", f"\n[user_model]\nrequire = {{ {require} }}\n")
            code, said = self.stage.refused(text)
            assert code == 2 and "user_model.require" in said, f"{require}: {code} {said}"

    def test_14_what_guards_django_s_login(self):
        """no start before it is written that logins bypass lock-outs and a second factor, be their tables seen or not"""
        if not self.project.acknowledge:
            return
        text = self.stage.configured().replace('acknowledge = ["axes", "otp"]\n', "")
        for names, open_ones in (((), {"axes", "otp"}), (("axes",), {"otp"}), (("otp",), {"axes"})):
            code, said = self.stage.refused(self.stage.acknowledging(names, text))
            assert code == 2 and "acknowledge = " in said, f"{names}: {code} {said}"
            assert (AXES in said, "django-otp" in said) == ("axes" in open_ones, "otp" in open_ones), said
        # By their tables alone, where the account is shown them.
        text = re.sub("^(installed_apps|authentication_backends) = .*\n", "", text, flags=re.M)
        if self.stage.engine.name != "mariadb":
            code, said = self.stage.refused(text)
            assert code == 2 and "axes_accessattempt" in said and "otp_totp_totpdevice" in said, said
        code, said = self.stage.check(text)
        assert (code, "axes_accessattempt" in str(said)) == ((0, False) if self.stage.engine.name == "mariadb" else (1, True)), said

    def test_15_the_doctor(self):
        """check finds nothing in the way, prints no secret and the same grants for the role that has no others"""
        name = self.user("Leo", password="pass leo")
        token = self.rust.login(name, "pass leo").json()["token"]
        code, said = self.stage.check()
        assert code == 0 and said["ok"], said
        assert len(said["grants"]) == len(self.stage.grants), said["grants"]
        text = str(said)
        assert name not in text and token not in text and self.hands("password", name=name)[-20:] not in text
        kind = f"pbkdf2_sha256${ITERATIONS}: as the configuration has it"
        assert kind in text, said
        if self.project.hidden:
            assert "do not meet user_model.require" in text, said

    def test_16_what_is_imported(self):
        """import-settings says what the models are, asks for no other decisions, and the service starts with none open"""
        said = tomllib.loads(self.stage.imported)
        for section in ("user_model", "token_model"):
            for key, value in getattr(self.project, section).items():
                assert said[section].get(key) == value, f"{section}.{key}: {said[section].get(key)}, not {value}"
        decisions = said.get("decisions", {})
        assert set(decisions) == self.project.decisions and not any(decisions.values()), decisions
        for name in decisions:
            text = re.sub(f'^{name} = ".*"$', f'{name} = ""', self.stage.configured(), flags=re.M)
            code, words = self.stage.refused(text)
            assert code == 2 and f"decisions.{name} " in words, f"{name} open: {code} {words}"


def without(text, section, key):
    """The configuration without one key."""
    before, head, after = text.partition(f"\n[{section}]\n")
    own, foot, rest = after.partition("\n[")
    return before + head + re.sub(f"^{key} = .*\n", "", own + "\n", count=1, flags=re.M) + foot + rest
