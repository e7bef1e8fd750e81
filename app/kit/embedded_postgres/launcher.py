"""A script that becomes the postmaster: changes the account, asks to die with the parent, execs.

Run on Linux as `python -I -S launcher.py PARENT UID GID POSTGRES ARGUMENT…`. It is a program of its own,
since code between fork and exec (`preexec_fn`) may deadlock when the caller has threads. It runs as the
caller until it has changed the account itself: the server's account may reach neither this file nor Python.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def launch(parent: int, uid: int, gid: int, command: list[str]) -> None:
    if uid != os.geteuid():
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    # After the change of account, which clears the setting; exec keeps it.
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(signal.SIGINT), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:
        raise SystemExit("the process that wanted this server is gone already")
    os.execv(command[0], command)


if __name__ == "__main__":
    launch(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
