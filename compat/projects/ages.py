"""A database that Django 3.2 made and later releases upgraded, with users of each age and each hasher."""

from concurrent.futures import ThreadPoolExecutor

from compare.servers import make_venv

from .proofs import REFUSED, Cases

PASSWORD = "pass through the years"
OLDER = ("3.2", "4.2")
# Of the oldest users some log in at every age: Django encodes their passwords anew each time.
CLIMBERS = ("pbkdf2_sha256", "bcrypt", "unsalted_md5")


def older_venvs():
    """The environments of the older releases; None where a Python is not here."""
    try:
        return {django: make_venv(django, None, None) for django in OLDER}
    except SystemExit as ended:
        if ended.code != 3:
            raise
        return None


def fill(stage, older):
    """Migrates and fills the database by each Django in turn: the users' names, with the algorithms of their first passwords."""
    made, climbers = {}, []
    for age, venv in [*older.items(), ("now", stage.venv)]:
        stage.manage("migrate", "-v", "0", venv=venv)
        hands = stage.hands_of(venv)
        try:
            for name in climbers:
                assert hands("logs_in", name=name, password=PASSWORD), f"{name} does not log in under {age}"
            made.update(hands("create_each", word=age, password=PASSWORD))
            climbers = climbers or list(hands("create_each", word="climbs from " + age, password=PASSWORD, only=CLIMBERS))
        finally:
            hands.stop()
    return {**made, **dict.fromkeys(climbers, "")}


class Ages(Cases):
    """What is shown of such a database."""

    def test_1_the_doctor(self):
        """check finds nothing in the way, and says which passwords a login encodes anew, and which nothing matches"""
        code, said = self.stage.check()
        text = str(said)
        assert code == 0, said
        now = self.hands("password", name="now pbkdf2_sha256").split("$")[1]
        current = f"pbkdf2_sha256${now}: as the configuration has it"
        for part in ("pbkdf2_sha256$260000: encoded anew", "pbkdf2_sha256$600000: encoded anew", current, 'no hasher "sha1"'):
            assert part in text, f"{part}: {said}"

    def test_2_every_login(self):
        """who logs in to Django logs in here, whatever the hasher and its age, and nobody else; both give the same token"""
        names = list(self.stage.users)
        before = {name: self.hands("takes", name=name, password=PASSWORD) for name in names}
        encoded = {name: self.hands("password", name=name) for name in names}
        with ThreadPoolExecutor(4) as many:
            wrong = many.map(lambda name: self.rust.login(name, PASSWORD + "!"), names)
            assert {(answer.status, str(answer.json())) for answer in wrong} == {(400, str(REFUSED))}
            assert encoded == {name: self.hands("password", name=name) for name in names}, "a refused login rewrote a password"
            answers = dict(zip(names, many.map(lambda name: self.rust.login(name, PASSWORD), names)))
        for name, answer in answers.items():
            is_right, _ = before[name]
            assert answer.status == (200 if is_right else 400), f"{name}, {encoded[name][:30]}: {answer}"
            assert self.hands("tokens", name=name) == ([answer.json()["token"]] if is_right else []), name
        refused = {name for name in names if not before[name][0]}
        assert refused and all(self.stage.users[name] in GONE for name in refused), refused
        self.encoded, self.before = encoded, before

    def test_3_upgrades(self):
        """what a login here encoded anew is what Django would have, and the rest is as it was"""
        renewed = [name for name, (_, must_update) in self.before.items() if must_update]
        for name, encoded in self.encoded.items():
            now = self.hands("password", name=name)
            assert (now != encoded) == (name in renewed), f"{name}: {encoded[:30]} became {now[:30]}"
            assert name not in renewed or not self.hands("is_outdated", name=name), f"{name}: {now[:30]}"
        # Each costs Django what a login does.
        for name in renewed if self.stage.in_full else renewed[::4]:
            assert self.hands("takes", name=name, password=PASSWORD) == [True, False], name
        name = renewed[0]
        token = self.same(lambda side: side.login(name, PASSWORD), 200).json()["token"]
        self.same(lambda side: side.profile(token), 200)


# What the newest Django has no hasher for.
GONE = ("sha1", "unsalted_sha1", "unsalted_md5", "crypt")
