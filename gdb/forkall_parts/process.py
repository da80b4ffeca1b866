"""What GDB sees of a process that is built with the library: its thread control
blocks, its kernel threads, and which belongs to which.  A control block is an
identity; a kernel thread is found by its thread pointer, because in a copy the
tids in memory may be those of the original."""
import os
import re
from contextlib import contextmanager

import gdb

from . import machine


def fail(text):
    raise gdb.GdbError(text)


def variable(name):
    """The value of a global variable of the library."""
    symbol = gdb.lookup_global_symbol(name)
    if symbol is None:
        program = gdb.current_progspace().filename
        fail('%s is not built with the library: it has no %s.' %
             (program, name) if program else
             'There is no program: name one, with its symbols.')
    return symbol.value()


def static(name, file):
    """The same for a static one, or a function, of one of its files."""
    for symbol in gdb.lookup_static_symbols(name):
        if os.path.basename(symbol.symtab.filename) == file:
            return symbol.value()
    fail('The program has no %s of %s.' % (name, file))


addresses = {}			# of each program's functions, by their names


def function(name):
    """The address of a function: its entry in the symbol table.  Debugging
    information has the same name for what the compiler has split off."""
    program = gdb.current_progspace().filename
    if program not in addresses:
        text = gdb.execute('maint print msymbols', to_string=True)
        addresses[program] = {m[2]: int(m[1], 16) for m in re.finditer(
            r'^\[ *\d+\] [tT] (0x[0-9a-f]+) (\S+)', text, re.M)}
    for suffix in '', '.isra.0', '.constprop.0', '.constprop.0.isra.0':
        if name + suffix in addresses[program]:
            return addresses[program][name + suffix]
    fail('%s is not built with the library: it has no %s().' %
         (program, name))


folders = {}			# by program


def library_folders():
    """Where the library's sources are, to tell them from the program's."""
    program = gdb.current_progspace().filename
    if program not in folders:
        lines = [gdb.find_pc_line(function(name))
                 for name in ('thread_create', 'context_save')]
        folders[program] = [os.path.dirname(sal.symtab.fullname())
                            for sal in lines if sal.symtab]
    return folders[program]


def is_core():
    connection = gdb.selected_inferior().connection
    return connection is not None and connection.type == 'core'


def pid():
    return gdb.selected_inferior().pid


@contextmanager
def same_selection():
    """Leaves the selected thread and frame as they were."""
    thread, level = gdb.selected_thread(), None
    try:
        level = gdb.selected_frame().level()
    except gdb.error:
        pass
    try:
        yield
    finally:
        if thread and thread.is_valid():
            thread.switch()
            if level:
                gdb.execute('frame level %d' % level, to_string=True)


class Thread:
    """One control block, and its kernel thread (lwp) unless there is none."""

    def __init__(self, pointer, ended):
        self.tcb = pointer
        self.address = int(pointer)
        self.id = int(pointer['id'])
        self.tid = int(pointer['tid'])
        self.tp = int(pointer['tp'])
        self.frame = pointer['frame']
        self.ended = ended
        self.lwp = None

    def name(self):
        kept = self.tcb['kept']['name'].string(errors='replace')
        if self.lwp and not is_core():
            return self.lwp.name
        return kept or self.tcb['start_name'].string(errors='replace') or '-'

    def title(self):
        kept = self.tcb['kept']['name'].string(errors='replace')
        return "thread %d '%s'" % (self.id, kept or self.name())

    def is_running(self):
        """Runs while others are stopped, in non-stop mode."""
        return self.lwp is not None and self.lwp.is_running()

    def is_caller(self):
        """Whether it asked for the copy that it is in."""
        return int(self.frame) == 0


def ring(name, ended):
    first = pointer = variable(name)
    seen = set()
    while int(pointer):
        if int(pointer) in seen:
            fail('The list of threads is being changed.')
        seen.add(int(pointer))
        thread = Thread(pointer, ended)
        if int(pointer['self']) != thread.address:
            raise gdb.MemoryError('no control block')
        yield thread
        pointer = pointer['next']
        if pointer == first:
            return


def is_first_task():
    """Whether the selected kernel thread is the first task of a copy: it is on
    a stack of its own, and makes the threads."""
    stack = static('respawn_stack', 'forkall.c')
    begin = int(stack.address)
    sp = int(gdb.newest_frame().read_register('sp'))
    return begin <= sp <= begin + stack.type.sizeof


def first_task():
    """The first task, or None."""
    with same_selection():
        for lwp in gdb.selected_inferior().threads():
            if lwp.is_running():
                continue
            lwp.switch()
            if is_first_task():
                return lwp
    return None


def check():
    """Complains unless there is a process with control blocks."""
    inferior = gdb.selected_inferior()
    if not inferior.threads():
        fail('There is no process: start the program, attach to one, '
             'or open an image.')
    variable('thread_list')
    if is_core():
        text = gdb.execute('compare-sections .text', to_string=True)
        if 'MIS-MATCHED' in text:
            fail('The image is of another program than %s.' %
                 gdb.current_progspace().filename)


def threads():
    """All threads, by their ids; those that ended and were not joined, too."""
    check()
    try:
        found = list(ring('thread_list', False)) + \
            list(ring('thread_ended', True))
    except gdb.MemoryError:
        fail('The image is of another program than %s.' %
             gdb.current_progspace().filename if is_core() else
             'The program has no threads yet: it has not come to main.')
    by_tp = {t.tp: t for t in found}
    with same_selection():
        for lwp in gdb.selected_inferior().threads():
            if lwp.is_running():		# non-stop mode: no registers
                thread = next((t for t in found if t.tid == lwp.ptid[1]), None)
            else:
                lwp.switch()
                thread = by_tp.get(machine.thread_pointer())
                if not is_core() and is_first_task():
                    thread = None
            if thread:
                thread.lwp = lwp
    return sorted(found, key=lambda t: t.id)


def thread(argument):
    """The thread that a command's argument names."""
    if not argument.isdigit():
        fail('A thread is named by its number in `forkall threads\'.')
    for t in threads():
        if t.id == int(argument):
            return t
    fail('There is no thread %s.' % argument)
