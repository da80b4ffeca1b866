"""forkall step: a restore, event by event.  Up to the gate the library makes the
threads one by one (respawn_ordered); from there on GDB lets one run at a time.
So every run looks the same."""
import os
import re
import shlex
import signal
import subprocess

import gdb

from . import machine, process, run, saved, show

REPAIRS = {
    'robust_list': 'the robust list, and ids in robust mutexes',
    'name': 'the name',
    'alternate_stack': "the alternate stack, if it is the caller's",
    'scheduling': 'policy, priority, nice value, processors',
    'processor_state': 'what the processor has besides the frame',
}

restores = {}			# by process id


def say(happened, comes):
    print('%s%s\n  next: %s' % (happened[0].upper(), happened[1:], comes))


def count(n):
    return '1 thread' if n == 1 else '%d threads' % n


class Restore:
    """A copy whose threads are being made."""

    def __init__(self):
        self.pid = process.pid()
        ordered = process.variable('respawn_ordered')
        self.ordered = int(ordered)
        gdb.execute("set variable respawn_ordered = 1")
        table = process.static('repairs', 'repair.c')
        first, last = table.type.range()
        self.repairs = [int(table[i]) for i in range(first, last + 1)]
        self.names = [gdb.block_for_pc(a).function.name for a in self.repairs]
        self.threads = [t for t in process.threads() if not t.ended]
        self.order = list(process.ring('thread_list', False))
        self.leader = int(process.variable('leader'))
        self.contexts = list({dict(machine.context_registers(t.tcb['context']))
                              [machine.pc_name()] for t in self.order})
        self.at = None			# the thread of the last event
        self.made = 0
        self.step = self.to_next_event

    # ---- Up to the gate ----

    def begin(self, how):
        say('%s, process %d: one task, on a stack of its own; %s in memory.' %
            (how, self.pid, count(len(self.threads))), self.next_clone())

    def next_clone(self):
        """Who is made next: the leader is the last, and is not cloned."""
        order = [t for t in self.order if t.address != self.leader]
        if self.made < len(order):
            return 'clone_context makes a kernel thread for %s.' % \
                order[self.made].title()
        if self.leader:
            return 'the first task becomes the main thread, %s.' % \
                self.leaders().title()
        return 'the first task exits, as the main thread had.'

    def leaders(self):
        return next(t for t in self.order if t.address == self.leader)

    def find(self, tp):
        return next((t for t in self.order if t.tp == tp), None)

    def here(self):
        t = self.find(machine.thread_pointer())
        t.lwp = gdb.selected_thread()
        t.tid = t.lwp.ptid[1]
        return t

    def to_next_event(self):
        if self.at and self.at.is_valid():
            self.at.switch()
        cloned = process.function('context_restore')
        complete = process.function('call_set_time')
        place = run.resume(self.contexts + self.repairs[1:] +
                           [cloned, complete])
        self.at = gdb.selected_thread()
        t = self.here()
        if place == cloned:
            self.cloned(t)
        elif place in self.contexts:
            say('%s: its context is restored; context_save() has returned 1, '
                'in %s().' % (t.title(), gdb.newest_frame().name()),
                self.next_repair(0))
        else:
            n = len(self.names) if place == complete else \
                self.repairs.index(place)
            name = self.names[n - 1]
            say('%s: %s() is done: %s.' % (t.title(), name, REPAIRS.get(
                name, 'a repair')), self.next_repair(n))

    def cloned(self, t):
        self.made += 1
        if t.address == self.leader:
            text = 'the first task has its place and its thread pointer'
        else:
            text = 'kernel thread %d has its stack and thread pointer, no ' \
                'other register' % t.tid
        say('%s: %s.' % (t.title(), text),
            'context_restore loads its context from the control block.')

    def next_repair(self, n):
        if n < len(self.names):
            return 'repair %d of %d, %s().' % (n + 1, len(self.names),
                                               self.names[n])
        if self.made < len(self.order):
            return 'it waits at the gate; ' + self.next_clone()
        self.step = self.open_gate
        return 'it is the last to be complete, and opens the gate.'

    # ---- From the gate on ----

    def open_gate(self):
        self.at.switch()
        run.resume(['stop_release'])
        with run.settings(scheduler_locking='on'):
            run.finish()
        gdb.execute('set variable respawn_ordered = %d' % self.ordered)
        self.left = [t for t in process.threads() if t.lwp and not t.ended]
        say('The gate is open for %s; GDB lets them go on one by one.' %
            count(len(self.left)), self.next_return())
        self.step = self.to_return

    def next_return(self):
        if not self.left:
            return 'continue lets all threads run.'
        t = self.left[0]
        if t.is_caller():
            return '%s, who asked for the copy, returns from the library.' % \
                t.title()
        return '%s returns from the stop handler, to __restore_rt.' % t.title()

    def to_return(self):
        t = self.left[0]
        if t.is_caller():
            name = run.caller_to_program(t)
            self.arrived(t, '%s: %s() has returned, to %s' % (
                t.title(), name, saved.Place(gdb.newest_frame())))
            return
        run.to_signal_return(t)
        say('%s: it is at the signal return.' % t.title(),
            'rt_sigreturn loads all its registers from the frame at 0x%x.' %
            int(t.frame))
        self.step = self.to_program

    def to_program(self):
        t = self.left[0]
        run.to_program(t)
        self.arrived(t, '%s: it is where it was interrupted, in %s' % (
            t.title(), show.where(saved.places())))

    def arrived(self, t, text):
        self.left.pop(0)
        self.at = gdb.selected_thread()
        say(text + '.', self.next_return())
        self.step = self.to_return if self.left else self.over

    def over(self):
        del restores[self.pid]
        Step.begin()


class Step(show.Command):
    """forkall step [COUNT | end]
Steps through a restore, one event at a time: lets a process make a copy with
forkall(), or resumes a snapshot, or restarts an image, and follows the copy. At
each event one line says what has happened and one what comes next; all of GDB's
commands work in between.  COUNT: so many events; end: all that are left."""

    def invoke(self, argument, from_tty):
        self.run(gdb.string_to_argv(argument))

    def run(self, words):
        steps = words[0] if words else '1'
        if len(words) > 1 or not (steps == 'end' or steps.isdigit()):
            process.fail('Usage: forkall step [COUNT | end].')
        run.all_stop()
        done = 0
        try:
            while steps == 'end' or done < int(steps):
                with run.settings():
                    restore = restores.get(process.pid())
                    if restore is None:
                        self.begin()
                    else:
                        restore.step()
                done += 1
                restore = restores.get(process.pid())
                if steps == 'end' and restore.step == restore.over:
                    break
        except run.Ended:
            restores.pop(process.pid(), None)
            process.fail('The process has ended.')
        except run.Elsewhere as e:
            print(str(e).strip())
            process.fail('It has stopped for another reason than a step of a '
                         'restore; `forkall step\' goes on.')

    @staticmethod
    def begin():
        process.check()
        task = None if process.is_core() else process.first_task()
        if process.is_core():
            how = restart_image()
        elif task:
            task.switch()
            how = wake() if is_asleep() else 'The copy'
        else:
            how = to_copy()
        restore = restores[process.pid()] = Restore()
        restore.begin(how)


def to_duplication():
    """Runs it until it duplicates itself, or resumes a snapshot."""
    places = ['fork_stopped', 'snapshot_resume']
    here = gdb.newest_frame()
    if here.name() in places and here.pc() in [
            sal.pc for sal in gdb.decode_line(here.name())[1]]:
        return here.name()
    return run.resume(places)


def to_copy():
    """Runs the process until it makes a copy whose threads are to be restored at
    once, or resumes a snapshot, and follows the copy."""
    with run.settings(follow_fork_mode='parent', detach_on_fork='on'):
        while to_duplication() == 'fork_stopped':
            d = gdb.selected_frame().read_var('d')
            if gdb.block_for_pc(int(d['first_task'])).function.name != 'awake':
                continue		# a snapshot, or an image
            if not int(d['exit_signal']):
                process.fail('This copy gives no signal at its end: GDB takes '
                             'such a process for a thread.')
            # GDB 13 cannot detach from a process whose main thread has exited.
            detach = 'on' if int(process.variable('leader')) else 'off'
            with run.settings(follow_fork_mode='child', detach_on_fork=detach):
                run.resume(['awake'])
            return 'The copy'
    snapshot = int(gdb.selected_frame().read_var('pid'))
    gdb.execute('clone-inferior', to_string=True)
    gdb.execute('inferior %d' % max(i.num for i in gdb.inferiors()),
                to_string=True)
    run.attach(snapshot)
    return wake()


def is_asleep():
    names = [p.name for p in saved.places()]
    return 'dormant' in names and 'respawn_threads' not in names


def wake():
    """Wakes the snapshot that GDB is attached to, and follows its copy."""
    os.kill(process.pid(), machine.SIGRESTART)
    with run.settings(follow_fork_mode='child', detach_on_fork='on'):
        run.resume(['respawn_threads'])
    return 'The copy of the snapshot'


def restart_image():
    """Restarts the image that is open as a core, and attaches to it before it has
    made a thread.  Its symbols are those of the program, not of restart."""
    image = re.search(r'^\s+`(.*)\', file type', gdb.execute(
        'info files', to_string=True).split('core dump file:')[1], re.M)[1]
    restart = gdb.parameter('forkall-restart')
    try:
        child = subprocess.Popen(
            shlex.split(restart) + ['--ordered', '--stop', image],
            process_group=0)
    except OSError as e:
        process.fail('%s: %s; set forkall-restart names another.' %
                     (restart, e.strerror))
    if os.WIFEXITED(os.waitpid(child.pid, os.WUNTRACED)[1]):
        process.fail('The image cannot be restarted.')
    run.attach(child.pid)
    # New threads would join the stop that is still going on.
    gdb.execute('handle SIGCONT nostop noprint pass', to_string=True)
    os.kill(child.pid, signal.SIGCONT)
    try:
        run.resume(['respawn_threads'])
    except run.Elsewhere:		# the end of that stop
        run.resume(['respawn_threads'], 'signal 0')
    return 'The image, restarted'


class RestartPath(gdb.Parameter):
    """The command that restarts images, for forkall step; for example with --close."""

    set_doc = show_doc = __doc__

    def __init__(self):
        super().__init__('forkall-restart', gdb.COMMAND_FILES,
                         gdb.PARAM_STRING)
        root = os.path.dirname(os.path.abspath(__file__)) + '/../..'
        self.value = os.path.normpath('%s/build/%s/restart' % (
            root, os.uname().machine))

    def get_set_string(self):
        return ''


def register():
    Step('step')
    RestartPath()
