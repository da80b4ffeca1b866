# Looks at backtraces in GDB, of tests/gdb_program: whether each goes down to the
# thread's start, and every function in it was called.  Nothing of ours helps GDB:
# what it knows, the CFI has told it.  tests/gdb_scenarios.py is sourced after it.
import functools
import gdb
import os
import sys

failures = []
scenario = ''
program = gdb.current_progspace().filename
x86 = 'x86-64' in gdb.execute('show architecture', to_string=True)


def check(condition, text):
    if not condition:
        failures.append(text)
        print('FAILED: %s: %s' % (scenario, text))
        sys.stdout.flush()


def run(command):
    return gdb.execute(command, to_string=True)


def value(expression):
    return int(gdb.parse_and_eval(expression)) & (2**64 - 1)


# ---- One backtrace -----------------------------------------------------------

CLONES = ('clone_stack', 'clone_context', 'clone3_context')
# Where a backtrace may end: where a thread begins, or what does not come back.
ENDS = CLONES + ('_start', 'restart_entry', 'run_on_stack', 'context_restore',
                 'unmap_and_exit')
# For a new task there, nothing is above it.
ALONE = ('clone_context', 'clone3_context', 'context_restore', 'unmap_and_exit')
DEEPEST = 60


class Backtrace:
    def __init__(self):
        self.names, self.frames = [], []
        f = gdb.newest_frame()
        while f and len(self.frames) < DEEPEST:
            self.frames.append(f)
            self.names.append('<signal>' if f.type() == gdb.SIGTRAMP_FRAME
                              else f.name() or '??')
            f = f.older()

    def __str__(self):
        return ' < '.join(self.names)

    # Before it has got back what it was, a task knows one name: that of the
    # clone where it is, and where it goes; then that alone, behind the `ret` of
    # who made it.
    def is_newborn(self):
        name = self.names[0]
        if name in CLONES and len(self.names) == 1:
            return self.frames[0].pc() > address_of_ret(name)
        return (self.names == [name, name] and name in CLONES or
                self.names == ['context_restore'])

    def has_in_order(self, wanted):
        rest = iter(self.names)
        return all(w in rest for w in wanted)

    def ends_right(self):
        last = self.names[-1]
        return (self.frames[-1].unwind_stop_reason() ==
                gdb.FRAME_UNWIND_OUTERMOST and last in ENDS and
                (last not in ALONE or self.is_newborn() or
                 self.names == ['unmap_and_exit']) and
                (last not in CLONES or len(self.names) > 1 or
                 self.is_newborn()))

    # Each function stands behind a call, but for one that a signal interrupted,
    # and the place where a new task goes.
    def is_called(self):
        for inner, outer in zip(self.frames, self.frames[1:]):
            if (inner.type() in (gdb.INLINE_FRAME, gdb.SIGTRAMP_FRAME) or
                    outer.type() in (gdb.SIGTRAMP_FRAME, gdb.TAILCALL_FRAME)):
                continue
            if not (self.is_newborn() or is_behind_call(outer.pc())):
                return False
        return True


@functools.lru_cache
def address_of_ret(routine):
    for line in run("disassemble '%s'" % routine).splitlines():
        if line.split()[2:] == ['ret']:
            return int(line.split()[0], 16)


def is_behind_call(pc):
    code = bytes(gdb.selected_inferior().read_memory(pc - 8, 8))
    if x86:			# relative; through a register or memory
        return (code[3] == 0xe8 or
                any(code[i] == 0xff and code[i + 1] & 0x38 == 0x10
                    for i in range(1, 7)))
    word = int.from_bytes(code[4:], 'little')
    return word >> 26 == 0x25 or word & 0xfffffc1f == 0xd63f0000    # bl, blr


# ---- Who is who ----------------------------------------------------------------

THREAD = ['crew_thread', 'enter', 'clone_stack']
WAITS = ['restartable_call', 'system_call', 'wait_here']
RAISED = ['dispatch', '<signal>', 'restartable_call', 'system_call']
PLACES = {			# by the kinds of tests/gdb_program.c
    0: WAITS + ['second_handler'] + RAISED + ['first_handler'] + RAISED +
    ['raise_first', 'nested_thread'] + THREAD,
    1: WAITS + ['wait_thread'] + THREAD,
    2: ['mutex_lock', 'lock_thread'] + THREAD,
    3: ['spin_leaf', 'spin_thread'] + THREAD,
    'main': ['main', 'start', '_start'],
}
# A copy's first task has the thread pointer of who called.
FIRST_TASKS = {'awake': 'clone_stack', 'dormant': 'clone_stack',
               'restarted': 'restart_entry'}


# Of the selected process: kinds of threads by thread pointer, and whether they
# are all in place.
def crew():
    kinds = {value('known[%d].tp' % n): value('known[%d].kind' % n)
             for n in range(value('crew_size'))}
    kinds[value('known[sizeof known / sizeof *known - 1].tp')] = 'main'
    return kinds, value('settled')


# What a thread's backtrace must have in it; None: it is on its way.
def wanted(backtrace, kinds, settled):
    for first in FIRST_TASKS:
        if first in backtrace.names:
            return [first, FIRST_TASKS[first]]
    kind = kinds.get(value('$fs_base' if x86 else '$tpidr'))
    if backtrace.is_newborn() or not (settled or kind == 'main'):
        return None
    return PLACES.get(kind)


# The selected thread's; all its functions are added to `seen`.
def check_thread(kinds, settled, seen):
    b = Backtrace()
    check('??' not in b.names, 'a function without a name: %s' % b)
    check(len(b.names) < DEEPEST, 'does not end: %s' % b)
    check(b.ends_right(), 'ends wrongly: %s' % b)
    check(b.is_called(), 'not called: %s' % b)
    w = wanted(b, kinds, settled)
    if w:
        check(b.has_in_order(w) and b.names[-1] == w[-1],
              'not %s: %s' % (' < '.join(w), b))
    if 'park' in b.names:
        check(b.has_in_order(['park', 'stopped', '<signal>']), 'park: %s' % b)
    seen.update(b.names)
    return b


# GDB has not heard yet that another process has killed this one, or another
# thread ended it.
def is_gone(thread):
    try:
        with open('/proc/%d/task/%d/stat' % thread.ptid[:2]) as f:
            return f.read().rsplit(')', 1)[1].split()[0] in 'ZX'
    except OSError:
        return True


# All that are stopped, in all processes.
def check_all(seen):
    current, backtraces = gdb.selected_thread(), []
    for inferior in gdb.inferiors():
        known = None
        for thread in inferior.threads():
            if not (thread.is_valid() and thread.is_stopped()):
                continue
            try:
                thread.switch()
                known = known or crew()
                backtraces.append(check_thread(*known, seen))
            except gdb.error:
                if not is_gone(thread):
                    raise
    if current and current.is_valid():
        current.switch()
    return backtraces


# As one reads it.
def check_text():
    text = run('thread apply all backtrace')
    for word in ('??', 'orrupt', 'Cannot access', 'Backtrace stopped'):
        check(word not in text, '%s in: %s' % (word, text))


# ---- Each instruction of a routine -------------------------------------------------

class Everywhere:
    """Breakpoints on all instructions of routines, each for some hits."""
    inserted = []

    def __init__(self, routines, hits):
        self.left, self.points, self.names = {}, {}, {}
        self.before_call = set()
        for routine in routines:
            self.add(routine, hits)
        self.untouched = set(self.names)

    # While GDB steps a thread from a breakpoint, all others stand still: on a
    # system call that waits for one of them, for ever.  And GDB 13 fails (an
    # internal error) when a new thread meets a breakpoint in that step.  So
    # there is none on system calls: they are reached by a step.
    def add(self, routine, hits):
        before = None
        for line in run("disassemble '%s'" % routine).splitlines():
            if '<+' not in line:
                continue
            words = line.replace('=>', '').split()
            pc = int(words[0], 16)
            self.names[pc] = ' '.join([routine] + words[1:])
            if words[2] in ('syscall', 'svc') and before:
                self.before_call.add(before)
            else:
                self.left[pc] = hits
                self.points[pc] = gdb.Breakpoint('*%d' % pc, internal=True)
                self.inserted.append(self.points[pc])
            before = pc

    @classmethod
    def end(cls):		# internal ones survive `delete`
        for point in cls.inserted:
            if point.is_valid():
                point.delete()
        cls.inserted.clear()

    def at_stop(self):
        pc = gdb.newest_frame().pc()
        self.untouched.discard(pc)
        if pc in self.points:
            self.left[pc] -= 1
            if self.left[pc] == 0:
                self.points.pop(pc).delete()
        if pc in self.before_call:
            run('stepi')
            if gdb.selected_inferior().pid:
                check_all(set())
                self.untouched.discard(gdb.newest_frame().pc())

    # What follows a call that does not return is never reached.
    def must_have_been(self, but=()):
        for pc in sorted(self.untouched):
            name = self.names[pc]
            check('ud2' in name or 'brk' in name or pc in but or
                  any(b in name for b in but if isinstance(b, str)),
                  'never at ' + name)
