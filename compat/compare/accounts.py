"""The accounts that both copies of the database start with: every kind of row, once a lane."""

import base64
import hashlib
from dataclasses import dataclass

# A word a lane, so different that no mutation of a name of one lane gives a name of another.
LANES = ("ant", "boar", "crane", "dingo", "emu", "ferret", "gnu", "heron")

# What the sites of a run are told to prefer; few, because a run logs in by the thousand.
ITERATIONS = 100

SALT = "abcdefghijklmnopqrstuv"

# Stored strings that open for nobody. Django raises on some of them, and the run asks it on which.
BROKEN = (
    "pbkdf2_sha256",
    "pbkdf2_sha256$",
    "pbkdf2_sha256$1000",
    "pbkdf2_sha256$1000$salt",
    "pbkdf2_sha256$x$salt$h",
    "pbkdf2_sha256$$salt$h",
    "pbkdf2_sha256$1.5$salt$h",
    "pbkdf2_sha256$-5$salt$h",
    "pbkdf2_sha256$10$$h",
    "pbkdf2_sha256$99999999999999999999$salt$h",
    "pbkdf2_sha1$x$y",
    "argon2",
    "argon2$",
    "argon2$argon2x$v=19$m=64,t=1,p=1$c2FsdA$aGFzaA",
    "bcrypt_sha256$",
    "bcrypt_sha256$x",
    "bcrypt_sha256$$2b$12$short",
    "scrypt$",
    "scrypt$16384$salt$8$1",
    "scrypt$3$salt$8$1$h",
    "scrypt$1048576$salt$8$1$h",
    "",
    "!",
    "!abc",
    "!" + "x" * 40,
    "x",
    "$",
    "$$$",
    "crypt$$ab",
    "foo$1$salt$hash",
    "PBKDF2_SHA256$100$salt$hash",
    " pbkdf2_sha256$100$salt$hash",
    "md5$salt$3f86d0d3d465b7b458c231bf3555c0e3",
    "md5",
    "md5$$88a434c88cca4e900f7874cd98123f43",
    "88a434c88cca4e900f7874cd98123f43",
    "sha1$a$cff36ea83f5706ce9aa7454e63e431fc726b2dc8",
    "sha1$$6d138ca3ae545631b3abd71a4f076ce759c5700b",
    "unsalted_md5$a",
    "pbkdf2_sha256$0$salt$h",
    "pbkdf2_sha256$1_0$salt$h",
    "pbkdf2_sha256$ 10 $salt$h",
    "pbkdf2_sha256$010$salt$h",
    "pbkdf2_sha256$+10$salt$h",
    "pbkdf2_sha256$\u0661\u0660$salt$h",
    "pbkdf2_sha256$10$salt$h$i",
    "pbkdf2_sha256$10$s\u00e4lt$h",
    "pbkdf2_sha256$10$salt$",
    "pbkdf2_sha256$100$abcdefghijklmnopqrstuv$AAAA",
    "scrypt$16$salt$8$1$h",
    "argon2$argon2id$v=19$m=64,t=1,p=1$c2Vhc2Fs$ceIYPIscIRZ5HLqvDIziUn1TcYPAEA6G",
    "md5$",
    "md5$a$b$c",
    "pbkdf2_sha256$10$salt$h",
    "pbkdf2_sha256$100",
    "pbkdf2_sha256$100$",
    "pbkdf2_sha256$100$$",
    "pbkdf2_sha256$$$",
    "pbkdf2_sha256$1e2$salt$h",
    "pbkdf2_sha256$0x10$salt$h",
    "pbkdf2_sha256$10\u00a0$salt$h",
    "pbkdf2_sha256$10\n$salt$h",
    "pbkdf2_sha256$-0$salt$h",
    "pbkdf2_sha256$2147483648$salt$h",
    "pbkdf2_sha256$4294967297$salt$h",
    "pbkdf2_sha1$",
    "pbkdf2_sha1$10$salt$h",
    "pbkdf2_sha1$x$salt$h",
    "pbkdf2_sha1$-1$salt$h",
    "pbkdf2_sha1$10$$h",
    "argon2$argon2id",
    "argon2$argon2id$",
    "argon2$argon2id$v=19",
    "argon2$argon2id$v=19$m=64,t=1,p=1$$",
    "argon2$argon2id$v=19$m=64,t=1,p=1$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$",
    "argon2$argon2id$v=19$m=64,t=1,p=1$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg",
    "argon2$argon2id$v=19$m=64,t=1$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$FLDk6ZMWws3COU8IGchXsw3/T6RQBL4d1OM2Oep/+K4",
    "argon2$argon2id$v=19$m=64,t=1,p=x$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$FLDk6ZMWws3COU8IGchXsw3/T6RQBL4d1OM2Oep/+K4",
    "argon2$argon2id$v=19$t=1,m=64,p=1$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$FLDk6ZMWws3COU8IGchXsw3/T6RQBL4d1OM2Oep/+K4",
    "argon2$argon2id$v=18$m=64,t=1,p=1$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$FLDk6ZMWws3COU8IGchXsw3/T6RQBL4d1OM2Oep/+K4",
    "argon2$argon2id$v=19$m=7,t=1,p=1$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$FLDk6ZMWws3COU8IGchXsw3/T6RQBL4d1OM2Oep/+K4",
    "argon2$argon2id$v=19$m=64,t=0,p=1$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$FLDk6ZMWws3COU8IGchXsw3/T6RQBL4d1OM2Oep/+K4",
    "argon2$argon2id$v=19$m=64,t=1,p=0$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$FLDk6ZMWws3COU8IGchXsw3/T6RQBL4d1OM2Oep/+K4",
    "argon2$argon2id$v=19$m=064,t=1,p=1$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$FLDk6ZMWws3COU8IGchXsw3/T6RQBL4d1OM2Oep/+K4",
    "argon2$argon2id$v=19$m=64,t=1,p=1$YWJj!GVm$FLDk6ZMWws3COU8IGchXsw3/T6RQBL4d1OM2Oep/+K4",
    "argon2$argon2id$v=19$m=64,t=1,p=1$YQ$FLDk6ZMWws3COU8IGchXsw3/T6RQBL4d1OM2Oep/+K4",
    "argon2$argon2id$v=19$m=64,t=1,p=1$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg==$FLDk6ZMWws3COU8IGchXsw3/T6RQBL4d1OM2Oep/+K4=",
    "argon2$argon2id$v=19$m=64,t=1,p=1$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$FLDk6ZMWws3COU8IGchXsw3/T6RQBL4d1OM2Oep/+K4$x",
    "bcrypt_sha256",
    "bcrypt_sha256$$",
    "bcrypt_sha256$$2b",
    "bcrypt_sha256$$2b$04",
    "bcrypt_sha256$$2b$04$",
    "bcrypt_sha256$$2c$04$abcdefghijklmnopqrstuuIvyWZlBcE3WoQXKqRnwrLYJ6nenE0Bq",
    "bcrypt_sha256$$2b$03$abcdefghijklmnopqrstuuIvyWZlBcE3WoQXKqRnwrLYJ6nenE0Bq",
    "bcrypt_sha256$$2b$99$abcdefghijklmnopqrstuuIvyWZlBcE3WoQXKqRnwrLYJ6nenE0Bq",
    "bcrypt_sha256$$2b$4$abcdefghijklmnopqrstuuIvyWZlBcE3WoQXKqRnwrLYJ6nenE0Bq",
    "bcrypt_sha256$$2b$04$abcdefghijklmnopqrstuvIvyWZlBcE3WoQXKqRnwrLYJ6nenE0Bq",
    "bcrypt_sha256$$2b$04$abcdefghijklmnopqrstuuIvyWZlBcE3WoQXKqRnwrLYJ6nenE0B",
    "bcrypt_sha256$$2b$04$abcdefghijklmnopqrstuuIvyWZlBcE3WoQXKqRnwrLYJ6nenE0Bqx",
    "bcrypt_sha256$$2b$04$abc!efghijklmnopqrstuuIvyWZlBcE3WoQXKqRnwrLYJ6nenE0Bq",
    "bcrypt_sha256$x$2b$04$abcdefghijklmnopqrstuuIvyWZlBcE3WoQXKqRnwrLYJ6nenE0Bq",
    "bcrypt_sha256$2b$04$abcdefghijklmnopqrstuuIvyWZlBcE3WoQXKqRnwrLYJ6nenE0Bq",
    "bcrypt$$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
    "scrypt",
    "scrypt$16$salt$8$1$h$i",
    "scrypt$0$salt$8$1$h",
    "scrypt$1$salt$8$1$h",
    "scrypt$x$salt$8$1$h",
    "scrypt$16$salt$0$1$h",
    "scrypt$16$salt$8$0$h",
    "scrypt$16$salt$-8$1$h",
    "scrypt$-16$salt$8$1$h",
    "scrypt$16$$8$1$h",
    "scrypt$016$salt$8$1$h",
    "scrypt$16$salt$8$99999999999$h",
    "scrypt$16$salt$8$1$",
)

# `correct horse` by Django's other hashers, at costs that nobody would choose. Every one is rewritten on login.
PHC = "$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$"
BCRYPT = "abcdefghijklmnopqrstuuIvyWZlBcE3WoQXKqRnwrLYJ6nenE0Bq"
OTHER_HASHERS = (
    f"argon2$argon2id$v=19$m=64,t=1,p=1{PHC}FLDk6ZMWws3COU8IGchXsw3/T6RQBL4d1OM2Oep/+K4",
    f"argon2$argon2i$v=19$m=32,t=1,p=2{PHC}MHMPlmDb85ZA4eDMN50WHw",
    f"argon2$argon2d$v=19$m=32,t=1,p=2{PHC}j11YfWfrXfFqRK5HVjlzWA",
    f"argon2$argon2id$v=16$m=32,t=1,p=2{PHC}OH2137Ycf7TphYG+CV/Wrw",
    f"argon2$argon2i$m=32,t=1,p=2{PHC}kKiIlHClwYxcq2Kmb1zVRw",
    f"bcrypt_sha256$$2b$04${BCRYPT}",
    f"bcrypt_sha256$$2a$04${BCRYPT}",
    f"bcrypt_sha256$$2y$04${BCRYPT}",
)


def scrypt(password, n, r, p, salt=SALT):
    """The encoded form that Django's ScryptPasswordHasher stores."""
    raw = hashlib.scrypt(password.encode(), salt=salt.encode(), n=n, r=r, p=p, dklen=64)
    return f"scrypt${n}${salt}${r}${p}${base64.b64encode(raw).decode()}"


def pbkdf2_sha1(password, iterations, salt=SALT):
    """The encoded form that Django's PBKDF2SHA1PasswordHasher stores."""
    raw = hashlib.pbkdf2_hmac("sha1", password.encode(), salt.encode(), iterations)
    return f"pbkdf2_sha1${iterations}${salt}${base64.b64encode(raw).decode()}"


def pbkdf2(password, iterations=ITERATIONS, salt=SALT):
    """The encoded form that Django's PBKDF2PasswordHasher stores."""
    raw = hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), iterations)
    return f"pbkdf2_sha256${iterations}${salt}${base64.b64encode(raw).decode()}"


def hex_key(*words):
    """A token key that looks like REST framework's own."""
    return hashlib.sha1("/".join(words).encode()).hexdigest()


@dataclass
class Account:
    """A row of auth_user with the password that opens it and the token it starts with."""

    key: str  # lane.kind, what requests and rules call it
    username: str
    password: str
    encoded: str
    email: str = ""
    token: str | None = None
    is_active: bool = True
    is_staff: bool = False
    is_superuser: bool = False
    malformed: bool = False  # Django raises on the stored password, as it says itself
    costlier: bool = False  # the stored password costs more than its hasher's or the preferred one's
    opens: bool = True  # the password verifies
    stays: bool = False  # the starting token is never logged out


def lane_accounts(lane, engine):
    """All accounts of one lane (its word). The engine decides which names can live side by side."""
    made = []
    number = LANES.index(lane) + 1

    def add(kind, username, password="correct horse", encoded=None, **more):
        stored = pbkdf2(password) if encoded is None else encoded
        made.append(Account(f"{lane}.{kind}", username, password, stored, **more))

    add("plain", f"alice.{lane}", email=f"alice@{lane}.example")
    add("second", f"sam.{lane}", "pw", email="")
    add("third", f"tom.{lane}", "Tr0ub4dor&3", email="Tom@Example.COM")
    add("bearer", f"bob.{lane}", token=hex_key(lane, "bob"), email=f"bob+x@{lane}.example")
    add("fixed", f"fay.{lane}", token=hex_key(lane, "fay"), stays=True, email='"<fay>"@\u00e9.example')
    add("staff", f"stan.{lane}", is_staff=True, token=hex_key(lane, "stan"))
    add("super", f"root.{lane}", is_superuser=True, is_staff=True)
    add("inactive", f"ina.{lane}", is_active=False)
    add("inactive-token", f"ivo.{lane}", is_active=False, token=hex_key(lane, "ivo"), stays=True)
    add("inactive-low", f"ilo.{lane}", encoded=pbkdf2("correct horse", 10), is_active=False)
    for index in range(6):
        add(f"low{index}", f"low{index}.{lane}", encoded=pbkdf2("correct horse", 1 + index * 10))
    add("high", f"high.{lane}", encoded=pbkdf2("correct horse", 250), costlier=True)
    add("high-salt", f"hisa.{lane}", encoded=pbkdf2("correct horse", 300, "short"), costlier=True)
    add("high-token", f"hito.{lane}", encoded=pbkdf2("correct horse", 101), costlier=True, token=hex_key(lane, "hito"))
    add("short-salt", f"salt.{lane}", encoded=pbkdf2("correct horse", salt="abc"))
    add("salt21", f"salt21.{lane}", encoded=pbkdf2("correct horse", salt="abcdefghijklmnopqrstu"))
    add("salt-odd", f"odds.{lane}", encoded=pbkdf2("correct horse", salt="s\u00e4lt \u20ac/=+ with spaces .."))
    for index, stored in enumerate(BROKEN):
        add(f"broken{index}", f"broken{index}.{lane}", encoded=stored, opens=False)
    _odd_names(add, lane, number, engine)
    _odd_tokens(add, lane)
    for index in range(6, 16):
        add(f"low{index}", f"low{index}.{lane}", encoded=pbkdf2("correct horse", 1 + index * 5))
    _other_hashers(add, lane)
    return made


def _other_hashers(add, lane):
    for index, encoded in enumerate(OTHER_HASHERS):
        add(f"other{index}", f"other{index}.{lane}", encoded=encoded)
    password = "p\u00e4ssw\u00f6rd \u2603"
    for index, (n, r, p) in enumerate(((16, 8, 1), (2, 1, 1), (32, 4, 5))):
        add(
            f"scrypt{index}",
            f"scrypt{index}.{lane}",
            password,
            encoded=scrypt(password, n, r, p, "s\u00e4lt" if index == 1 else SALT),
        )
    add("sha1", f"sha1.{lane}", password, encoded=pbkdf2_sha1(password, 10))
    add("sha1-salt", f"sha1s.{lane}", password, encoded=pbkdf2_sha1(password, ITERATIONS, "abc"))
    add("sha1-inactive", f"sha1i.{lane}", password, encoded=pbkdf2_sha1(password, 5), is_active=False)
    add("sha1-high", f"sha1h.{lane}", password, encoded=pbkdf2_sha1(password, ITERATIONS * 3), costlier=True)


def _odd_names(add, lane, number, engine):
    add("accent", f"\u00e9lodie.{lane}", "p\u00e4ssw\u00f6rd \u2603", email="\u00e9lodie@\u00e9xample.org")
    add("chinese", f"\u7528\u6237.{lane}", "\u5bc6\u7801")
    add(
        "greek",
        f"\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2.{lane}",
        "\u1f48\u03b4\u03cd\u03c3\u03c3\u03b5\u03b9\u03b1",
    )
    add("emoji", f"\U0001f600\U0001f469\u200d\U0001f52c.{lane}", "\U0001f511", token=hex_key(lane, "emoji"), stays=True)
    add("script", f"<b>\"'&\\/{lane}", "<>&\"'\\", token=hex_key(lane, "script"), stays=True, email="a\u2028b\u2029c@x")
    add("inner-space", f"two  words.{lane}", "correct horse")
    add("inner-odd", f"a\u00a0\u200b\u2028\u001cb.{lane}", token=hex_key(lane, "odd"), stays=True)
    add("tab", f"tab\tnew\nline.{lane}", "tab\tnew\nline", token=hex_key(lane, "tab"), stays=True)
    add("control", f"\u0001\u007f\u0085x.{lane}", token=hex_key(lane, "control"), stays=True)
    add("long", f"long.{lane}." + "n" * (144 - len(lane)), "p" * 5000)
    add("one-letter", "qwertzui"[number - 1], "s")
    add("number", str(1234567000 + number), "98765")
    add("float", f"{number}0.5", "1.5")
    add("exponent", f"{number}e+16", "1e+16")
    add("spaces-password", f"spa.{lane}", "   ")
    add("outer-spaces", f"out.{lane}", "  padded password\t")
    add("nul-password", f"nul.{lane}", "nul\x00inside")
    add("plus", f"plus+sign%41;a=b&c.{lane}", "a+b%20c;d=e&f")
    add("email-name", f"user@{lane}.example", "correct horse", email=f"user@{lane}.example")
    # Trimming makes these unreachable through obtain_auth_token, not through the tutorial's view.
    if engine != "mariadb":
        add("lead", f" lead.{lane}")
        add("trail", f"trail.{lane} ")
        add("upper", f"CASE.{lane}", "upper")
        add("lower", f"case.{lane}", "lower")
        add("nfc", f"caf\u00e9.{lane}", "nfc")
        add("nfd", f"cafe\u0301.{lane}", "nfd")
        add("no-accent", f"cafe.{lane}", "plain")
    else:
        add("upper", f"CASE.{lane}", "upper")
        add("nfc", f"caf\u00e9.{lane}", "nfc")
    if number == 1:
        add("inf", "inf", "nan")


def _odd_tokens(add, lane):
    """Rows that something else than REST framework wrote."""
    add("key-short", f"ks.{lane}", token=f"k{lane}", stays=True)
    add("key-accent", f"ka.{lane}", token=f"cl\u00e9-{lane}-\u20ac", stays=True)
    add("key-punctuation", f"kp.{lane}", token=f"a.b-c_d~e+f/g={lane}", stays=True)
    add("key-quote", f"kq.{lane}", token=f'q"{lane}\\', stays=True)
    add("key-upper", f"ku.{lane}", token=hex_key(lane, "ku").upper(), stays=True)


def all_accounts(lanes, engine):
    """The accounts of the first `lanes` lanes, in the order of their ids (from 1)."""
    return [account for lane in LANES[:lanes] for account in lane_accounts(lane, engine)]


def fits(account, collation):
    """Whether the columns of a database with this collation can hold the account."""
    codec = {"latin1": "cp1252", "utf8mb3": "utf-8", "ascii": "ascii"}.get((collation or "").split("_")[0], "utf-8")
    text = account.username + account.email + account.encoded + (account.token or "")
    try:
        text.encode(codec)
    except UnicodeEncodeError:
        return False
    return "mb3" not in (collation or "") or all(ord(char) < 0x10000 for char in text)
