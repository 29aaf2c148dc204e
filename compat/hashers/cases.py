"""Passwords, salts and stored strings: right ones, changed ones, and such as no hasher writes."""

import base64
import re

from . import profiles

LENGTHS = (1, 2, 7, 8, 20, 21, 22, 23, 31, 32, 33, 54, 55, 56, 63, 64, 65, 71, 72, 73, 119, 127, 128, 129, 200, 1000)
ALPHABETS = (
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
    "äöüßéèñçåøæ", "パスワード漢字", "\U0001f511\U0001f600\U00010000\U0010ffff", "\0", "\0a", " \t\n\r\v\f", "$", "!\"#%&'()*+,-./:;<=>?@[\\]^_`{|}~", "\x01\x1f\x7f\x80\x9f\xa0\xad", "e\u0301a\u0308", "\ufffe\ufdd0\ufeff",
)
SALT_ALPHABETS = tuple(a for a in ALPHABETS if a != "$")
BCRYPT = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
NUMBERS = ("", "0", "1", "2", "3", "4", "04", "05", "5", "10", "010", "+10", "-10", " 10", "10 ", "1_0", "_10", "10_", "1__0", "-0", "-1", "x", "1.0", "1e1", "0x10", "１０", "\u0661\u0660", "\u00b9", "\x1c10", "\u300010", "\u200b10", "10\0",
           "16", "17", "31", "32", "40", "64", "99", "100", "16384", "65536", "2147483648", "4294967296", "9223372036854775808", "18446744073709551616", "9" * 30, "9" * 500, "None")
# N, r and p on both sides of OpenSSL's bound on memory, r (N + 2 + p) = 2^18: beyond it raises without any work. The very
# edge takes the longest.
SCRYPT_MEMORY = 1 << 18
SCRYPT_EDGE = ((2, 1, 262140), (2, 1, 262141))
SCRYPT_EDGES = ((1 << 14, 15, 1), (1 << 14, 16, 1), (1 << 15, 7, 1), (1 << 15, 8, 1), (1 << 20, 8, 1), (16, 1, 1 << 18), (16, 1 << 18, 1))
# What is put in, and what mutations take from.
STRAY = "$$$$!=,.+/-_ \0\n\tabcxyzAZ019é\u0661"


def text(random, alphabets, lengths):
    alphabet = random.choice(alphabets) if random.random() < 0.6 else alphabets[0]
    return "".join(random.choice(alphabet) for _ in range(random.choice(lengths)))


def password(random):
    kind = random.random()
    if kind < 0.05:
        return ""
    if kind < 0.07:
        return None
    return text(random, ALPHABETS, LENGTHS if kind < 0.6 else (3, 8, 12))


def salt(random, algorithm):
    """An odd salt; None where the hasher makes one itself."""
    if algorithm.startswith("unsalted"):
        return random.choice(("", "", "", "x"))
    if algorithm.startswith("bcrypt"):
        if random.random() < 0.4:
            return None
        return bcrypt_salt(random)
    if random.random() < 0.3:
        return None
    return text(random, SALT_ALPHABETS if random.random() < 0.95 else ALPHABETS, (0, 1, 7, 8, 9, 21, 22, 23, 51, 60, 64, 65, 100))


def bcrypt_salt(random):
    last = ".Oeu" if random.random() < 0.9 else BCRYPT
    return f"${random.choice(('2a', '2b', '2x', '2y'))}$0{random.choice('45')}$" + "".join(random.choices(BCRYPT, k=21)) + random.choice(last)


def right(random, hashers, algorithm, password, salt):
    """A string that the real hasher writes, often with parameters that are not the current ones."""
    hasher = hashers.get_hasher(algorithm)
    salt = salt or hasher.salt()
    if algorithm.startswith("bcrypt"):
        return hasher.encode(password, salt.encode() if isinstance(salt, str) else salt)
    if random.random() < 0.5:
        return hasher.encode(password, salt)
    if algorithm.startswith("pbkdf2"):
        return hasher.encode(password, salt, random.choice((1, 2, 3, 29, 30, 31, 39, 40, 41, 100, 1000) if random.random() < 0.95 else (5000, 5001, 65536)))
    if algorithm == "scrypt" and random.random() < 0.02:
        return hasher.encode(password, salt, *random.choice(SCRYPT_EDGES))
    if algorithm == "scrypt":
        return hasher.encode(password, salt, random.choice((2, 16, 64, 128)), random.choice((1, 3, 4, 8)), random.choice((1, 2, 5, 17)))
    if algorithm == "argon2":
        return "argon2" + argon2(random, password, salt)
    return hasher.encode(password, salt)


def argon2(random, password, salt):
    from argon2.low_level import Type, hash_secret

    lanes = random.choice((1, 2, 3, 8))
    return hash_secret(password.encode(), salt.encode(), random.choice((1, 2, 3, 11)), lanes * 8 + random.choice((0, 1, 31, 48)), lanes, random.choice((4, 16, 31, 32, 33, 64)),
                       random.choice((Type.ID, Type.I, Type.D)), random.choice((16, 19))).decode()


def mutated(random, encoded):
    """The string with something changed."""
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        kind = random.randrange(9)
        at = random.randrange(len(encoded) + 1)
        parts = encoded.split("$")
        if kind == 0:
            encoded = encoded[:at] + encoded[at + 1:]
        elif kind == 1:
            encoded = encoded[:at] + random.choice(STRAY) + encoded[at:]
        elif kind == 2:
            encoded = encoded[:at] + random.choice(STRAY) + encoded[at + 1:]
        elif kind == 3:
            encoded = encoded[:at]
        elif kind == 4 and len(encoded) > 1:
            i = random.randrange(len(encoded) - 1)
            encoded = encoded[:i] + encoded[i + 1] + encoded[i] + encoded[i + 2:]
        elif kind == 5:
            parts[random.randrange(len(parts))] = random.choice(NUMBERS)
            encoded = "$".join(parts)
        elif kind == 6:
            numbers = [m.span() for m in re.finditer(r"\d+", encoded)]
            if numbers:
                start, end = random.choice(numbers)
                encoded = encoded[:start] + random.choice(NUMBERS) + encoded[end:]
        elif kind == 7:
            i, j = random.randrange(len(parts)), random.randrange(len(parts))
            parts[i], parts[j] = parts[j], parts[i]
            encoded = "$".join(parts)
        else:
            i = random.randrange(len(parts))
            encoded = "$".join(parts[:i] + parts[i:i + 1] * random.choice((0, 2)) + parts[i + 1:])
    return encoded


def strange(random, names):
    """A string that no hasher wrote, from the formats' own pieces."""
    number = lambda: random.choice(NUMBERS)  # noqa: E731
    b64 = lambda n: base64.b64encode(random.randbytes(n) if hasattr(random, "randbytes") else bytes(random.choices(range(256), k=n))).decode()  # noqa: E731
    bare = lambda n: b64(n).rstrip("=")  # noqa: E731
    hexadecimal = lambda n: "".join(random.choices("0123456789abcdef", k=n))  # noqa: E731
    salt = random.choice(("", "salt", "a" * 22, "é" * 22, "x\0y", " "))
    name = random.choice(names)
    pieces = ("2a", "2b", "2c", "2", "12", "04", "$", "", "argon2id", "argon2i", "argon2d", "argon2x", "v=19", "v=16", "v=18", "v=", "m=64,t=2,p=2", "m=64,t=2", "m=64,t=2,p=2,x=1", "m=64,m=64,t=1,p=1", "t=1,m=64,p=2", "m=8,t=1,p=1", "m=7,t=1,p=1", "m=8,t=1,p=2", "m=8,t=0,p=1", "m=8,t=1,p=0",
              b64(8), bare(22), bare(32), bare(16), hexadecimal(32), hexadecimal(40), salt, number(), number())
    return random.choice((
        lambda: f"{random.choice(('pbkdf2_sha256', 'pbkdf2_sha1'))}${number()}${salt}${b64(32)}",
        lambda: f"scrypt${number()}${salt}${number()}${number()}${b64(64)}",
        lambda: f"scrypt${random.choice((2, 3, 16, 64, 65536))}${salt}${random.choice((1, 2, 4, 8))}${random.choice((1, 2))}${b64(64)}",
        lambda: "scrypt${0}${3}${1}${2}${4}".format(*random.choice(SCRYPT_EDGES if random.random() < 0.95 else SCRYPT_EDGE), salt, b64(64)),
        lambda: f"{random.choice(('md5', 'sha1'))}${salt}${hexadecimal(random.choice((32, 40)))}",
        lambda: random.choice(("", "md5$$", "sha1$$", "unsalted_md5$", "unsalted_sha1$")) + random.choice((hexadecimal(32), hexadecimal(40), hexadecimal(31), "é" * 32, "A" * 32)),
        lambda: f"{random.choice(('bcrypt', 'bcrypt_sha256'))}${bcrypt_salt(random)}{''.join(random.choices(BCRYPT, k=random.choice((0, 1, 30, 31, 32))))}",
        lambda: f"argon2$argon2{random.choice(('id', 'i', 'd', 'x', ''))}${random.choice(('v=19$', 'v=16$', 'v=18$', 'v=20$', ''))}m={random.choice((8, 16, 64, '064', ' 64'))},t={random.choice((1, 2, '01'))},p={random.choice((1, 2, '1_', '+1'))}${random.choice((bare(22), bare(8), bare(7), b64(22), 'AB', 'ABC=', 'A*B=', 'é'))}${random.choice((bare(32), bare(4), bare(3), b64(32), ''))}",
        lambda: "$".join((name, *random.choices(pieces, k=random.randrange(8)))),
        lambda: random.choice(("", "!", "!x", "x", "$", "$$", "!" + name + "$1$a$b", name, name + "$", "crypt$$ab", "plain$x", "é", "a" * 1100, "default", "default$", "!" * 1100)),
    ))()


def is_cheap(encoded):
    """Whether Django does not run for long over it (a tenth of a second). Numbers that make it raise at once are cheap."""
    parts = encoded.split("$")

    def number(text, otherwise=0):
        try:
            return int(text)
        except ValueError:
            return otherwise

    if parts[0].startswith("pbkdf2"):
        return len(parts) < 2 or not 100_000 < number(parts[1]) < 2**31
    if parts[0] == "scrypt" and len(parts) == 6:
        # Zero stands for the hasher's own number.
        n, r, p = (number(parts[i]) or own for i, own in zip((1, 3, 4), profiles.SCRYPT.values()))
        return max(n, 0) * max(r, 0) * max(p, 0) <= 1 << 19 or r * (n + 2 + p) > SCRYPT_MEMORY
    if parts[0] == "argon2":
        return all(number(value) <= {"m": 4096, "t": 64, "p": 64, "v": 2**70}.get(key, 2**70) or number(value) >= 2**32 for key, value in re.findall(r"([mtpv])=([^,$]*)", encoded))
    if parts[0].startswith("bcrypt"):
        # bcrypt passes over empty parts, so the cost may stand anywhere.
        return not any(8 < number(part) < 32 for part in parts)
    return True


def question(random, hashers, names):
    """One case: (what it is, password, encoded)."""
    for _ in range(100):
        kind, password, encoded = _question(random, hashers, names)
        if encoded is not None and is_cheap(encoded):
            return kind, password, encoded
    raise AssertionError("no cheap case in a hundred")


def _question(random, hashers, names):
    kind = random.random()
    word = password(random)
    if kind < 0.25:
        return "strange", word, strange(random, names)
    algorithm = random.choice(names)
    try:
        encoded = right(random, hashers, algorithm, word or "", salt(random, algorithm))
    except Exception:  # noqa: BLE001: a salt or password that it does not take; the other direction compares those
        return "", None, None
    if kind < 0.6:
        return "right", word if word is not None else "", encoded
    if kind < 0.75:
        return "another password", changed(random, word or ""), encoded
    return "changed", word, mutated(random, encoded)


def changed(random, word):
    """Another password, or one that HMAC or bcrypt may take for the same."""
    return random.choice((lambda: word + "\0", lambda: word + "x", lambda: word[:-1], lambda: word[:72], lambda: "x" + word, lambda: word.swapcase(), lambda: word + " ", lambda: word.strip(), lambda: ""))()


def order(random, names):
    """One case of the other direction: (password, salt, hasher)."""
    hasher = random.choice((None, *names, *names, *names)) if random.random() < 0.97 else random.choice(("", "default", "nothing", "crypt"))
    return password(random), salt(random, hasher if hasher in names else names[0]), hasher
