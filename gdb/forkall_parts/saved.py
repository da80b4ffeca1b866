"""Saved threads as GDB frames.  A parked thread's registers are in memory, not in
a kernel thread, so an unwinder of ours pretends that they are what the newest
frame returns to: from there on GDB unwinds as ever."""
import os

import gdb
from gdb.unwinder import Unwinder, register_unwinder

from . import machine, process

LIMIT = 64			# frames looked at


class Id:
    """Of the frame that is replaced: below any stack, so inside of all."""
    sp = pc = gdb.Value(1)


class Jump(Unwinder):
    def __init__(self):
        super().__init__('forkall')
        self.registers = None
        self.here = None

    def __call__(self, pending):
        if not self.registers:
            return None
        here = [int(pending.read_register(n)) for n in ('sp', 'pc')]
        if here != self.here:
            return None
        info = pending.create_unwind_info(Id)
        for name, value in self.registers:
            try:
                old = pending.read_register(name)
            except ValueError:
                continue
            info.add_saved_register(name, gdb.Value(
                value.to_bytes(8, 'little')[:old.type.sizeof], old.type))
        return info


jump = Jump()
register_unwinder(None, jump, replace=True)


class registers_of:
    """Within it, the saved thread's frames are those of the selected kernel thread
    from number `first' on.  A thread that was interrupted seems to be about to
    return from the handler, and GDB knows how to read a signal frame; who asked
    for the copy is where its context is."""

    def __init__(self, thread):
        if thread.is_caller():
            context = machine.context_registers(thread.tcb['context'])
            self.registers = [r for r in context if not r[0].startswith(
                ('f', 'm', 'd'))]
            self.first = 1
        else:
            self.registers = machine.signal_return(thread.frame)
            self.first = 2

    def __enter__(self):
        frame = gdb.newest_frame()
        jump.here = [int(frame.read_register(n)) for n in ('sp', 'pc')]
        jump.registers = self.registers
        gdb.invalidate_cached_frames()
        return self.first

    def __exit__(self, *unused):
        jump.registers = None
        gdb.invalidate_cached_frames()


class Place:
    """What is said of a frame."""

    def __init__(self, frame):
        sal = frame.find_sal()
        self.name = frame.name() or '??'
        self.trampoline = frame.type() == gdb.SIGTRAMP_FRAME
        self.pc = frame.pc()
        self.file, self.line = None, sal.line
        self.library = False
        if sal.symtab:
            self.file = sal.symtab.filename
            self.library = os.path.dirname(sal.symtab.fullname()) in \
                process.library_folders()

    def __str__(self):
        if self.file:
            return '%s (%s:%d)' % (self.name, self.file, self.line)
        return '%s (0x%x)' % (self.name, self.pc)


def places(skip=0):
    """Of the selected kernel thread, from the newest frame on."""
    found = []
    frame = gdb.newest_frame()
    while frame and len(found) < LIMIT:
        if skip:
            skip -= 1
        else:
            found.append(Place(frame))
        frame = frame.older()
    return found


def saved_places(thread):
    """Of a saved thread, from where it was interrupted on."""
    with process.same_selection():
        if thread.lwp:
            thread.lwp.switch()
        with registers_of(thread) as first:
            return places(first)


# ---- States -----------------------------------------------------------------

BEFORE_CONTEXT = 'clone_context', 'clone3_context', 'context_restore'


def handler(live):
    """Those of a kernel thread's places that come before the first trampoline."""
    for n, place in enumerate(live):
        if place.trampoline:
            return live[:n]
    return live


def state_of(thread, live):
    """What a thread's kernel thread is doing about a stop."""
    if live[0].trampoline:		# of the stop's handler, or of another
        left = not thread.is_caller() and machine.register('sp') == \
            dict(machine.signal_return(thread.frame))[machine.sp_name()]
        return 'repaired' if left else 'running'
    names = [p.name for p in handler(live)]
    context = dict(machine.context_registers(thread.tcb['context']))
    if names[0] in BEFORE_CONTEXT or 'repair_thread' in names or \
            live[0].pc == context[machine.pc_name()]:
        return 'respawned'
    if 'respawned' in names:
        return 'repaired'
    return 'parked' if 'park' in names else 'running'


def look(thread):
    """(state, system call or None, places) of a thread."""
    if thread.ended:
        return 'exited', None, []
    if thread.is_running():
        return 'running', machine.kernel_call(thread.lwp), []
    call = None if thread.is_caller() else machine.saved_call(thread.frame)
    if not thread.lwp:
        return 'parked', call, saved_places(thread)
    with process.same_selection():
        thread.lwp.switch()
        live = places()
        if process.is_core():		# it has the interrupted registers
            return 'parked', call, live
        state = state_of(thread, live)
        if state == 'running':
            return state, machine.running_call(), live
    if len(handler(live)) < len(live) and not thread.is_caller():
        return state, call, live[len(handler(live)) + 1:]
    return state, call, saved_places(thread)
