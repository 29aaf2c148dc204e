"""Runs a command in a terminal of its own and answers its questions."""

import errno
import os
import pty
import re
import select
import signal
import time

CTRL_C = "\x03"
SECONDS = 60
QUESTION = re.compile(rb"(Username[^\n]*|Email address|Password|Password \(again\)|\[y/N\]): $")


def talk(argv, environment, answers):
    """Exit code (or minus the signal) and everything that the terminal showed.

    An answer is given whenever what is shown ends with a question; it is a line but for CTRL_C. Where the answers run
    out, the terminal is hung up.
    """
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir("/")
        # A shell's background jobs ignore it, and so would what they start.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.execvpe(argv[0], argv, environment)
    answers, shown, since, deadline = list(answers), b"", 0, time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            chunk = os.read(terminal, 4096)
        except OSError as error:
            # Linux's end of a terminal.
            if error.errno != errno.EIO:
                raise
            break
        if not chunk:
            break
        shown += chunk
        if QUESTION.search(shown[since:]):
            if not answers:
                break
            answer = answers.pop(0)
            since = len(shown)
            if answer == CTRL_C:
                # Python hears no signal that comes between its question and its read.
                time.sleep(0.3)
            os.write(terminal, (answer if answer == CTRL_C else answer + "\n").encode())
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    text = shown.decode(errors="replace").replace("\r\n", "\n")
    return code, text + "".join(f"\n(not asked: {answer!r})" for answer in answers)
