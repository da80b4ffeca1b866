# The lives of tests/gdb_program under GDB: where it is stopped, and what must be
# seen then (tests/gdb_backtrace.py).  Sourced last; exit status 1: something is
# wrong.  SIZE: how many threads there are; COUNTS: how many in turn, where that
# matters; ALL_STOP: not in non-stop mode.
import select
import subprocess
import tempfile
import time
import traceback

restart = os.path.join(os.path.dirname(program), '..', 'restart')
folder = tempfile.mkdtemp()
size = int(os.environ.get('SIZE', 8))
counts = [int(n) for n in os.environ.get('COUNTS', '1 8 64').split()]
exits, stopped = [], []
gdb.events.exited.connect(lambda e: exits.append(getattr(e, 'exit_code', None)))
# In all-stop the event names no thread: it is the selected one.
gdb.events.stop.connect(lambda e: stopped.append(
    e.inferior_thread or gdb.selected_thread()))


# ---- A run -------------------------------------------------------------------

def alive():
    return [i for i in gdb.inferiors() if i.pid]


def end_all():
    for inferior in alive():
        run('kill inferiors %d' % inferior.num)
    run('inferior 1')
    for inferior in gdb.inferiors():
        if inferior.num != 1:
            run('remove-inferiors %d' % inferior.num)
    run('delete')
    Everywhere.end()


def begin(name, arguments, follow='parent', detach='on', together='off',
          non_stop='off', breaks=()):
    global scenario
    scenario = name
    end_all()
    run('set follow-fork-mode ' + follow)
    run('set detach-on-fork ' + detach)
    run('set schedule-multiple ' + together)
    run('set non-stop ' + non_stop)
    run('set displaced-stepping ' + ('auto' if non_stop == 'on' else 'off'))
    run('set args ' + arguments)
    run('tbreak main')
    run('run')
    exits.clear()
    for function in breaks:
        run('break ' + function)


# With the next process, when one has ended.  That may be gone, too.
def go_on(non_stop):
    commands = ['continue -a' if non_stop else 'continue']
    if not gdb.selected_inferior().pid:
        commands.insert(0, 'inferior %d' % alive()[0].num)
    for command in commands:
        try:
            run(command)
        except gdb.error as e:
            check('No such process' in str(e), '%s: %s' % (command, e))


# Runs to the end.  At each stop all backtraces are looked at, or that of the
# thread that stopped, if it is in a function of `brief`; then at_stop() has its
# turn.  Returns the functions seen, and which threads of each process stopped
# where.
def to_the_end(at_stop=None, brief=(), non_stop=False):
    seen, stops, count = set(), {}, 0
    while alive():
        count += 1
        if count > 5000:
            check(False, 'stops again and again: %s' % stops)
            break
        stopped.clear()
        go_on(non_stop)
        thread = stopped[-1] if stopped else None
        if not (thread and thread.is_valid() and thread.is_stopped()):
            continue
        try:
            thread.switch()
            name = gdb.newest_frame().name()
        except gdb.error:
            if is_gone(thread):
                continue
            raise
        stops.setdefault((thread.inferior.num, name), set()).add(thread.num)
        if name in brief:
            check_thread(*crew(), seen)
        else:
            check_all(seen)
        if at_stop:
            at_stop()
    return seen, stops


def must_have_seen(seen, *functions):
    for function in functions:
        check(function in seen, '%s: never seen' % function)


# ---- Scenarios ---------------------------------------------------------------------

def life():
    begin('the life of a thread', 'life', breaks=['second_handler'])
    everywhere = Everywhere(['clone_stack', 'restartable_call', '__restore_rt',
                             'unmap_and_exit'], 6)
    seen, _ = to_the_end(everywhere.at_stop)
    check(exits == [0], 'exits: %s' % exits)
    must_have_seen(seen, 'enter', 'second_handler', 'thread_exit')
    # Only a stop goes there.
    again = value('(long)&call_again'), value('(long)&call_again_end')
    everywhere.must_have_been([pc for pc in everywhere.names
                               if again[0] <= pc <= again[1]])


def signal_return():
    """finish, up and stepi on the way out of a handler."""
    begin('signal return', 'life', breaks=['second_handler'])
    run('set scheduler-locking step')
    run('continue')
    run('finish')
    check(gdb.newest_frame().name() == 'dispatch', 'finish from a handler')
    run('finish')
    names = Backtrace().names
    check(names[0] == '<signal>', 'finish to %s' % names)
    run('up')
    pc = gdb.selected_frame().pc()
    check(gdb.selected_frame().name() == 'restartable_call', 'up')
    run('down')
    for _ in range(2):
        check(Backtrace().names == names, 'in the stub: %s' % Backtrace())
        run('stepi')
    check(gdb.newest_frame().pc() == pc, 'stepi does not lead back')
    check(Backtrace().names == names[1:], 'behind it: %s' % Backtrace())
    check_text()
    run('delete')
    run('break first_handler')	# of the next thread
    run('continue')
    run('finish')
    run('finish')
    run('finish')		# out of the signal's frame
    check(gdb.newest_frame().name() == 'restartable_call', 'finish: %s' %
          Backtrace())
    run('set scheduler-locking replay')
    run('delete')
    to_the_end()
    check(exits == [0], 'exits: %s' % exits)


def parked():
    """The original, in each instruction of the fork."""
    begin('parked', 'copy %d' % size, breaks=['fork_stopped'])
    run('continue')
    seen, count = set(), 0
    for b in check_all(seen):
        count += 'park' in b.names
    check(count == size, '%d threads in park()' % count)
    check_text()
    everywhere = Everywhere(['clone_stack', 'context_save'], 3)
    seen, _ = to_the_end(everywhere.at_stop)
    must_have_seen(seen, 'fork_stopped', 'park')
    check(exits == [0], 'exits: %s' % exits)


def respawning():
    """The copy, before and after each thread has its context back."""
    begin('respawning', 'copy %d' % size, follow='child',
          breaks=['fork_stopped'])
    run('continue')
    everywhere = Everywhere(['clone_stack', 'clone_context', 'context_restore'],
                            4)
    for function in ('respawn_check', 'respawned', 'repair_thread', 'stop_wait',
                     'respawn_report', '*&__restore_rt'):
        run('break ' + function)
    seen, _ = to_the_end(everywhere.at_stop)
    must_have_seen(seen, 'awake', 'respawn_threads', 'clone_context',
                   'context_restore', 'park', 'respawned', 'repair_thread')
    everywhere.must_have_been(['ret'])
    check(exits[-1:] == [0], 'exits: %s' % exits)


def leaving_the_stop():
    """Each thread of the copy steps over its signal return."""
    begin('leaving the stop', 'copy 4', follow='child', breaks=['in_copy'])
    run('tbreak awake')
    run('continue')
    run('break *&__restore_rt')
    threads = set()

    def step():
        if gdb.newest_frame().type() != gdb.SIGTRAMP_FRAME:
            return
        names, pc = Backtrace().names, gdb.newest_frame().older().pc()
        run('set scheduler-locking step')
        run('stepi')
        run('stepi')
        run('set scheduler-locking replay')
        check(gdb.newest_frame().pc() == pc and
              Backtrace().names == names[1:], 'stepi: %s' % Backtrace())
        threads.add(gdb.selected_thread().num)
    to_the_end(step)
    check(len(threads) >= 4, 'stepped: %s' % threads)
    check(exits[-1:] == [0], 'exits: %s' % exits)


def forks(n, follow, detach, together='off', non_stop='off'):
    done = tempfile.mktemp(dir=folder)
    begin('%d threads, follow-fork-mode %s, detach-on-fork %s, schedule-'
          'multiple %s, non-stop %s' % (n, follow, detach, together, non_stop),
          'copy %d %s' % (n, done), follow, detach, together, non_stop,
          ['in_original', 'in_copy', 'goes_on'])
    original = gdb.selected_inferior().pid
    fd = os.pidfd_open(original)
    _, stops = to_the_end(brief=('goes_on',), non_stop=non_stop == 'on')
    if detach == 'on' and follow == 'child':	# it runs on, unseen
        wait = select.poll()
        wait.register(fd, select.POLLIN)
        check(wait.poll(60000), 'the original does not end')
        check(exits[-1:] == [0], 'exits: %s' % exits)
    else:
        check(exits == [0] * (2 if detach == 'off' else 1), 'exits: %s' % exits)
    os.close(fd)
    check(os.path.exists(done), 'the original has not come to its end')
    functions = sorted(name for _, name in stops)
    check(functions == sorted(
        ['goes_on'] * (2 if detach == 'off' else 1) +
        ['in_original'] * (detach == 'off' or follow == 'parent') +
        ['in_copy'] * (detach == 'off' or follow == 'child')),
        'stops in %s' % functions)
    for at, threads in stops.items():
        count = n if at[1] == 'goes_on' else 1
        check(len(threads) == count, '%s: %d threads' % (at[1], len(threads)))


def all_forks():
    for n in counts:
        for how in (('parent', 'on'), ('child', 'on'), ('child', 'off'),
                    ('parent', 'off', 'on'), ('child', 'off', 'on')):
            forks(n, *how)
            # Without schedule-multiple non-stop lets all run, too.
            if 'ALL_STOP' not in os.environ:
                forks(n, *how, *(['off'] * (3 - len(how))), 'on')


def snapshots():
    begin('snapshots', 'snapshot %d' % size, detach='off', together='on',
          breaks=['dormant', 'wake_copy', 'respawned', 'in_original',
                  'in_copy'])
    seen, stops = to_the_end(brief=('respawned',))
    must_have_seen(seen, 'dormant', 'wake_copy', 'respawned')
    check(sum(name == 'in_copy' for _, name in stops) == 2,
          'stops: %s' % stops)
    check(exits.count(0) == 3, 'exits: %s' % exits)


def leaving_restart():
    """To the stack on which restart puts the image into memory."""
    everywhere, names = Everywhere(['run_on_stack'], 1), []
    run('break turn')
    for _ in range(20):
        run('continue')
        names.append(str(check_thread({}, 0, set())))
        everywhere.at_stop()
        if names[-1].startswith('turn'):
            break
    check(names[-1] == 'turn < run_on_stack', names[-1])
    check('run_on_stack < restore < main < start < _start' in names, str(names))
    everywhere.must_have_been()
    run('delete')
    Everywhere.end()


def restarts(options, follow='parent'):
    image = tempfile.mktemp(dir=folder)
    status = subprocess.run([program, 'image', '4', image]).returncode
    check(status == 0, 'image: %d' % status)
    end_all()
    run('file ' + restart)
    begin('restart ' + options, '%s --stop %s' % (options, image), follow)
    leaving_restart()
    run('continue')
    run('symbol-file ' + program)
    seen = set()
    check_all(seen)
    must_have_seen(seen, 'restarted', 'restart_entry')
    check_text()
    routine = 'clone3_context' if follow == 'child' else 'clone_context'
    everywhere = Everywhere([routine, 'context_restore'], 4)
    run('break respawned')
    run('break in_copy')
    run('break goes_on')
    run('queue-signal 0')
    seen, stops = to_the_end(everywhere.at_stop)
    must_have_seen(seen, 'restarted', 'respawned', 'park', 'in_copy', 'goes_on')
    everywhere.must_have_been()
    check(exits[-1:] == [42], 'exits: %s' % exits)
    end_all()
    run('file ' + program)


def all_restarts():
    restarts('')
    if os.geteuid() == 0:
        restarts('--same-pid', 'child')


def all_scenarios():
    for s in (life, signal_return, parked, respawning, leaving_the_stop,
              all_forks, snapshots, all_restarts):
        start = time.monotonic()
        try:
            s()
        except gdb.error as e:
            check(False, 'GDB: %s' % e)
        print('%-20s %.1f s' % (s.__name__, time.monotonic() - start))
        sys.stdout.flush()
    end_all()


try:
    all_scenarios()
except BaseException as e:	# else GDB would end with status 0
    traceback.print_exc()
    check(False, repr(e))
print('failed: %d' % len(failures))
gdb.execute('quit %d' % bool(failures))
