"""forkall threads, regs, bt: what there is to see of saved and running threads."""
import re

import gdb

from . import machine, process, saved


class Command(gdb.Command):
    """A command whose errors are sentences."""

    def __init__(self, name):
        super().__init__('forkall ' + name, gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        self.dont_repeat()
        try:
            with process.same_selection():
                self.run(gdb.string_to_argv(argument))
        except gdb.MemoryError as e:
            process.fail('The process\'s memory cannot be read: %s.' % e)

    @staticmethod
    def stopped(t):
        """Selects a thread's kernel thread, if it has one."""
        if t.is_running():
            process.fail('%s is running: interrupt it first.' %
                         t.title().capitalize())
        if t.lwp:
            t.lwp.switch()

    def one(self, words, what):
        if len(words) != 1:
            process.fail('Usage: forkall %s.' % what)
        return words[0]


def where(places):
    """The innermost function, and the program's function that led to it."""
    if not places:
        return ''
    text = str(places[0])
    if places[0].library:
        for p in places:
            if not p.library and p.file and not p.trampoline:
                return '%s, from %s' % (text, p)
    return text


def table(rows):
    widths = [max(len(str(row[i])) for row in rows)
              for i in range(len(rows[0]) - 1)]
    for row in rows:
        cells = [str(c).ljust(w) for c, w in zip(row, widths)]
        cells[0] = str(row[0]).rjust(widths[0])
        print('  '.join(cells + [row[-1]]).rstrip())


class Threads(Command):
    """forkall threads
Lists all threads: number, kernel's id, name, state, the system call that each
is or was in, and where it is, or where it was interrupted when it was saved.
States: running; parked: saved, waits in the stop or exists in memory alone;
respawned: a new kernel thread that is being repaired; repaired: it waits for
the others; exited: it has not been joined."""

    def run(self, words):
        if words:
            process.fail('Usage: forkall threads.')
        rows = [('Id', 'Tid', 'Name', 'State', 'System call', 'Where')]
        for t in process.threads():
            state, call, places = saved.look(t)
            rows.append((t.id, t.tid if not t.ended else '-', t.name(), state,
                         '-' if call is None else machine.call_name(call),
                         where(places)))
        table(rows)


class Backtrace(Command):
    """forkall bt ID
Shows the backtrace of a thread, from where it was interrupted if it is saved:
through all handlers that it was in, to its start."""

    def run(self, words):
        t = process.thread(self.one(words, 'bt ID'))
        if t.ended:
            process.fail('%s has ended.' % t.title().capitalize())
        self.stopped(t)
        if process.is_core() or (t.lwp and saved.state_of(t, saved.places()) ==
                                 'running'):
            gdb.execute('backtrace')
            return
        with saved.registers_of(t) as first:
            text = gdb.execute('backtrace', to_string=True)
        for line in re.split(r'^(?=#)', text, flags=re.M)[1 + first:]:
            gdb.write(re.sub(r'^#(\d+) *', lambda m: '#%-3d' % (
                int(m[1]) - first), line))


class Registers(Command):
    """forkall regs ID
Shows the registers of a thread and all else that has to be put back in a copy,
each with where it is kept: in the signal frame on the thread's stack, in the
context (struct context in its control block), in the rest of the control block
(TCB), or in the kernel."""

    def run(self, words):
        t = process.thread(self.one(words, 'regs ID'))
        if t.ended:
            process.fail('%s has ended: it has no registers.' %
                         t.title().capitalize())
        self.rows = []
        self.stopped(t)
        if t.lwp and not process.is_core() and \
                saved.state_of(t, saved.places()) == 'running':
            self.running(t)
        else:
            self.saved(t)
        self.add('clear_child_tid', process.variable('thread_list_lock').address,
                 'kernel: the same for all')
        for name, value, place in self.rows:
            print('%-16s %-34s %s' % (name, value, place))

    def add(self, name, value, where, size=8):
        self.rows.append((name, self.text(value, size), where))

    @staticmethod
    def text(value, size=8):
        if isinstance(value, int):
            return '0x%0*x' % (2 * size, value) if size > 8 else '0x%x' % value
        return str(value)

    def running(self, t):
        for r in gdb.newest_frame().architecture().registers('general'):
            value = gdb.newest_frame().read_register(r.name)
            self.add(r.name, int(value) & machine.MASK, 'kernel: it is running')
        self.add('thread pointer', machine.thread_pointer(), 'kernel, TCB')

    def saved(self, t):
        if t.is_caller():
            self.add('mask', int(t.tcb['kept']['mask']), 'TCB: kept.mask')
        else:
            for name, value in machine.frame_registers(t.frame):
                self.add(name, value, 'signal frame')
            for name, value, size in machine.vectors(t.frame):
                self.add(name, value, 'signal frame', size)
            mask = machine.read(int(t.frame['uc_sigmask'].address), 8)
            self.add('mask', machine.number(mask, 0, 8), 'signal frame')
            self.add('signal stack', self.stack(t.frame['uc_stack']),
                     'signal frame')
        for name, value in machine.context_registers(t.tcb['context']):
            self.add(name, value, 'context: the way back into %s' %
                     ('fork_stopped' if t.is_caller() else 'park'))
        kept = t.tcb['kept']
        self.add('thread pointer', t.tp, 'TCB: tp')
        if t.is_caller():
            self.add('signal stack', self.stack(kept['altstack']),
                     'TCB: kept.altstack')
        for name, value in machine.kept_registers(kept['arch']):
            self.add(name, value, 'TCB: kept.arch')
        self.add('robust list', int(kept['robust']), 'TCB: kept.robust')
        self.add('name', kept['name'].string(errors='replace'), 'TCB: kept.name')
        self.add('policy', str(int(kept['sched']['sched_policy'])),
                 'TCB: kept.sched')
        self.add('nice', str(int(kept['sched']['sched_nice'])),
                 'TCB: kept.sched')
        self.add('affinity', int(kept['affinity'][0]), 'TCB: kept.affinity')

    @staticmethod
    def stack(s):
        if int(s['ss_flags']) & 2:
            return 'none'
        return '0x%x, %d bytes' % (int(s['ss_sp']), int(s['ss_size']))


def register():
    Threads('threads')
    Backtrace('bt')
    Registers('regs')
