"""forkall checkpoint, restart, checkpoints, delete: going back in time with all
threads.  A checkpoint is a snapshot of the library's, taken by the selected thread
in a signal handler: so its registers are saved by the kernel, and it, too, goes on
from memory.  While GDB holds some threads others run alone, such that none
executes an instruction of the program, in the process and in each restart."""
import os
import signal
import time

import gdb

from . import machine, process, run, saved, show

checkpoints = {}		# number: Checkpoint
errors = {}


class Checkpoint:
    def __init__(self, pid, thread, place):
        self.number = max(checkpoints, default=0) + 1
        self.pid = pid
        self.thread = thread		# the number of who was selected
        self.place = place
        self.time = time.strftime('%H:%M:%S')

    def is_alive(self):
        try:
            with open('/proc/%d/stat' % self.pid) as stat:
                return stat.read().rpartition(')')[2].split()[0] not in 'ZX'
        except OSError:
            return False


class Muted:
    """All breakpoints of the user's are off for a while."""

    def __enter__(self):
        self.points = [b for b in gdb.breakpoints() if b.enabled]
        for b in self.points:
            b.enabled = False

    def __exit__(self, *unused):
        for b in self.points:
            if b.is_valid():
                b.enabled = True


def blocks(lwp, number):
    """Whether a kernel thread blocks a signal."""
    with open('/proc/%d/task/%d/status' % lwp.ptid[:2]) as status:
        for line in status:
            if line.startswith('SigBlk:'):
                return int(line.split()[1], 16) >> (number - 1) & 1
    return 0


def check_selected(thread):
    """The selected thread must be able to take the signal, and must not hold the
    list lock."""
    if thread is None:
        process.fail('The selected thread is none of the library\'s threads.')
    thread.lwp.switch()
    inside = any(p.library for p in saved.handler(saved.places()))
    if blocks(thread.lwp, machine.SIGSYNCCALL) or (
            inside and int(process.variable('thread_list_lock'))):
        process.fail('%s is in the middle of %s, which cannot be interrupted: '
                     'select another, or let it go on (`finish\').' %
                     (thread.title().capitalize(), gdb.newest_frame().name()))


def land(threads):
    """Lets threads that are parked, behind an open gate, go on to where they were
    interrupted, one by one."""
    for t in threads:
        run.to_signal_return(t)
        run.to_program(t)


def take(caller, others):
    """Makes a snapshot; its pid or an error."""
    caller.lwp.switch()
    with run.settings(scheduler_locking='on'):
        run.resume([process.function('stopped')], 'signal SIG34',
                   caller.lwp)
        gdb.execute('set variable $pc = %d' %
                    process.function('debugger_snapshot'))
        run.resume([process.function('send_stops')], thread=caller.lwp)
        run.finish()
    # All others have the signal now, before anything else that they do.
    with run.settings(scheduler_locking='off', follow_fork_mode='parent',
                      detach_on_fork='on', schedule_multiple='off'):
        run.resume([process.function('stop_release')], thread=caller.lwp)
    with run.settings(scheduler_locking='on'):
        run.finish()
        run.resume([process.function('__restore_rt')], thread=caller.lwp)
        frame = gdb.newest_frame().older()
        run.resume([frame.pc(), process.function('dispatch')],
                   thread=caller.lwp)
    land(others)
    caller.lwp.switch()
    return int(process.variable('debugger_result'))


class Take(show.Command):
    """forkall checkpoint
Takes a checkpoint of the process with all its threads, for `forkall restart'.
What the process shares with others, files and pipes, is not in it.  The process
and all its threads are left where they were."""

    def run(self, words):
        if words:
            process.fail('Usage: forkall checkpoint.')
        process.check()
        if process.is_core():
            process.fail('This is an image: it is a checkpoint already.')
        run.all_stop()
        selected = gdb.selected_thread()
        threads = [t for t in process.threads() if t.lwp and not t.ended]
        caller = next((t for t in threads if t.lwp == selected), None)
        check_selected(caller)
        place = show.where(saved.places())
        with Muted():
            try:
                result = take(caller, [t for t in threads if t is not caller])
            except run.Ended:
                process.fail('The process has ended.')
        if result < 0:
            process.fail('No checkpoint: error %d%s.' % (
                -result, ': ' + os.strerror(-result)))
        c = Checkpoint(result, caller.id, place)
        checkpoints[c.number] = c
        print('Checkpoint %d: process %d, %s, %s.' % (
            c.number, c.pid, caller.title(), place))


def named(words, usage):
    if len(words) != 1 or not words[0].isdigit():
        process.fail('Usage: forkall %s.' % usage)
    c = checkpoints.get(int(words[0]))
    if c is None:
        process.fail('There is no checkpoint %s.' % words[0])
    if not c.is_alive():
        del checkpoints[c.number]
        process.fail('Checkpoint %d is gone: its process has been killed.' %
                     c.number)
    return c


class Restart(show.Command):
    """forkall restart N
Ends the process and goes back to checkpoint N: a copy of it, with all threads
where they were.  As often as you like."""

    def invoke(self, argument, from_tty):
        self.run(gdb.string_to_argv(argument))

    def run(self, words):
        c = named(words, 'restart N')
        run.all_stop()
        with run.settings(), Muted():
            if process.pid():
                gdb.execute('kill', to_string=True)
            try:
                self.restart(c)
            except run.Ended:
                process.fail('Checkpoint %d could not be restarted: it ended.' %
                             c.number)
        t = next(t for t in process.threads() if t.id == c.thread)
        t.lwp.switch()
        print('Checkpoint %d, in process %d:' % (c.number, process.pid()))
        gdb.execute('frame')

    @staticmethod
    def restart(c):
        old = gdb.selected_inferior().num
        run.attach(c.pid)
        os.kill(c.pid, machine.SIGRESTART)
        with run.settings(follow_fork_mode='child', detach_on_fork='on'):
            run.resume(['respawn_threads'])
        new = gdb.selected_inferior().num
        if new != old:
            gdb.execute('remove-inferiors %d' % old)
        run.resume([process.function('stop_release')])
        with run.settings(scheduler_locking='on'):
            run.finish()
        threads = [t for t in process.threads() if t.lwp and not t.ended]
        caller = next(t for t in threads if t.id == c.thread)
        caller.lwp.switch()
        with run.settings(scheduler_locking='on'):
            run.resume([process.function('__restore_rt')], thread=caller.lwp)
            frame = gdb.newest_frame().older()
            run.resume([frame.pc(), process.function('dispatch')],
                       thread=caller.lwp)
        land([t for t in threads if t is not caller])


class List(show.Command):
    """forkall checkpoints
Lists the checkpoints: number, process, time of day, thread and place."""

    def run(self, words):
        if words:
            process.fail('Usage: forkall checkpoints.')
        if not checkpoints:
            print('No checkpoints.')
            return
        rows = [('N', 'Process', 'Time', 'Thread', 'Where')]
        for c in checkpoints.values():
            rows.append((c.number, c.pid if c.is_alive() else 'gone', c.time,
                         c.thread, c.place))
        show.table(rows)


class Delete(show.Command):
    """forkall delete N
Deletes checkpoint N."""

    def run(self, words):
        c = named(words, 'delete N')
        os.kill(c.pid, signal.SIGKILL)
        del checkpoints[c.number]


def delete_all(event):
    for c in checkpoints.values():
        if c.is_alive():
            os.kill(c.pid, signal.SIGKILL)


def register():
    Take('checkpoint')
    Restart('restart')
    List('checkpoints')
    Delete('delete')
    gdb.events.gdb_exiting.connect(delete_all)
