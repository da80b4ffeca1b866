"""Running a process under control: with settings of ours for a moment, to
breakpoints of ours, thread by thread."""
from contextlib import contextmanager

import gdb

from . import machine, process


class Ended(Exception):
    """The process has ended while it ran."""


class Elsewhere(Exception):
    """It has stopped for a reason that is not ours."""


def parameter(name):
    value = gdb.parameter(name)
    return {True: 'on', False: 'off'}.get(value, value)


@contextmanager
def settings(**wanted):
    """GDB's parameters, for a while; their names with _ for -."""
    all = {'print thread-events': 'off', 'print inferior-events': 'off',
           'pagination': 'off', 'confirm': 'off'}
    all.update((name.replace('_', '-'), v) for name, v in wanted.items())
    names = {}
    for name, value in all.items():
        names[name] = parameter(name)
        gdb.execute('set %s %s' % (name, value))
    try:
        yield
    finally:
        for name, value in names.items():
            try:
                gdb.execute('set %s %s' % (name, value))
            except gdb.error:		# scheduler-locking without a process
                pass


def all_stop():
    if gdb.parameter('non-stop'):
        process.fail('This needs all-stop mode: `set non-stop off\' '
                     'before the program starts.')


class Breakpoint(gdb.Breakpoint):
    def __init__(self, place, thread=None):
        text = '*0x%x' % place if isinstance(place, int) else place
        super().__init__(text, internal=True)
        self.silent = True
        self.place = place
        if thread:
            self.thread = thread.global_num


class Watcher:
    """Notes why a process stopped, or that it ended."""

    def __init__(self):
        self.stop = self.exited = None

    def on_stop(self, event):
        self.stop = event

    def on_exit(self, event):
        self.exited = event

    def __enter__(self):
        gdb.events.stop.connect(self.on_stop)
        gdb.events.exited.connect(self.on_exit)
        return self

    def __exit__(self, *unused):
        gdb.events.stop.disconnect(self.on_stop)
        gdb.events.exited.disconnect(self.on_exit)


def resume(places, command='continue', thread=None):
    """Lets the process go on until it comes to one of the places (addresses or
    names of functions), or just that thread; which it was."""
    points = [Breakpoint(p, thread) for p in places]
    try:
        with Watcher() as seen:
            text = gdb.execute(command, to_string=True)
        stop = seen.stop
        if isinstance(stop, gdb.BreakpointEvent):
            for point in points:
                if point in stop.breakpoints:
                    return point.place
        if stop is None or not gdb.selected_thread():
            raise Ended(seen.exited)
        raise Elsewhere(text)
    finally:
        for point in points:
            if point.is_valid():
                point.delete()


def attach(pid):
    """Attaches without a word; with the symbols of the program that is open."""
    with settings(exec_file_mismatch='off', suppress_cli_notifications='on'):
        gdb.execute('attach %d' % pid, to_string=True)


def finish():
    """Lets the selected thread, which is at the beginning of a function, go on to
    the function's return."""
    caller = gdb.newest_frame().older()
    while caller.type() == gdb.TAILCALL_FRAME:	# has jumped, not called
        caller = caller.older()
    resume([caller.pc()], thread=gdb.selected_thread())


# ---- From the gate into the program ------------------------------------------

def to_signal_return(thread):
    """Runs one thread alone out of its stop handler, up to rt_sigreturn."""
    thread.lwp.switch()
    with settings(scheduler_locking='on'):
        resume([process.function('__restore_rt')], thread=thread.lwp)


def to_program(thread):
    """Runs it on to the first instruction of what was interrupted, which may be
    a signal handler."""
    thread.lwp.switch()
    pc = dict(machine.frame_registers(thread.frame))[machine.pc_name()]
    with settings(scheduler_locking='on'):
        resume([pc, process.function('dispatch')], thread=thread.lwp)


def caller_to_program(thread):
    """The same for the thread that asked for the copy: until it has returned from
    the library.  The name of the function that returns."""
    from . import saved
    thread.lwp.switch()
    frame, name = gdb.newest_frame(), None
    while frame.older() and saved.Place(frame).library:
        name, frame = frame.name(), frame.older()
    with settings(scheduler_locking='on'):
        resume([frame.pc()], thread=thread.lwp)
    return name
