"""GDB commands for programs that are built with the library: `help forkall'.
Loaded by `source gdb/forkall.py', `make gdb', or the .gdbinit beside it.  Needs
GDB 13 with its Python, and nothing else."""
import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from forkall_parts import checkpoint, show, step


class Forkall(gdb.Command):
    """Commands about threads that are saved in memory, and about restoring them."""

    def __init__(self):
        super().__init__('forkall', gdb.COMMAND_STACK, prefix=True)


# SIGSYNCCALL, SIGRESTART and SIGCKPT are the library's own affair.  Displaced
# steps go wrong in threads that share code while all are stopped.
gdb.execute('handle SIG34 SIG35 SIG36 nostop noprint pass', to_string=True)
gdb.execute('set displaced-stepping off')
Forkall()
checkpoint.register()
show.register()
step.register()
