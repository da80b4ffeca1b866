# Run by GDB for tests/gdb_modes.py, with gdb/forkall.py loaded: looks at what each
# command prints.  The program is tests/gdb_crew.c.
import os
import re

import gdb

MODE = os.environ['MODE']
N = int(os.environ.get('N', 8))
CALLER = int(MODE == 'leaderless')	# who has started the others
THREADS = range(CALLER, CALLER + N)
KINDS = ['reader', 'sleeper', 'locker', 'poller', 'spinner', 'handler']
CALL = {'reader': 'read', 'sleeper': 'futex', 'locker': 'futex',
        'poller': 'ppoll', 'spinner': '-', 'handler': 'read'}
FUNCTION = {'reader': 'read_byte', 'sleeper': 'sleep_long', 'locker': 'work',
            'poller': 'work', 'spinner': 'spin', 'handler': 'handler'}
REPAIRS = ['robust_list', 'name', 'alternate_stack', 'scheduling',
           'processor_state']
failed = 0


def check(good, what, text=''):
    global failed
    if not good:
        failed += 1
        print('FAILED: %s n=%d: %s\n%s' % (MODE, N, what, text))


def do(command):
    return gdb.execute(command, to_string=True)


def refused(command, sentence):
    """The command fails, with one line that has these words."""
    try:
        text = do(command)
        check(False, '%s does not fail' % command, text)
    except gdb.error as e:
        text = str(e)
        check(re.search(sentence, text) and '\n' not in text and
              'Python' not in text and text.endswith('.'),
              '%s says' % command, text)


def kind(i):
    n = i - CALLER - 1
    return 'reader' if KINDS[n % 6] == 'spinner' and n > 5 else KINDS[n % 6]


# ---- What is shown ------------------------------------------------------------

def rows():
    lines = do('forkall threads').splitlines()
    check(lines[0].split() == ['Id', 'Tid', 'Name', 'State', 'System', 'call',
                               'Where'], 'heading', lines[0])
    return [re.split(r'\s\s+', line.strip(), maxsplit=5) for line in lines[1:]]


def table_is(states, tids=None, main=None):
    """states: of each, or one for all; but a main thread has ended."""
    table = rows()
    if CALLER:
        ended = table.pop(0)
        check(ended[0] == '0' and ended[3] == 'exited', 'thread 0', ended)
    check([r[0] for r in table] == [str(i) for i in THREADS], 'numbers', table)
    for i, row in zip(THREADS, table):
        state = states if isinstance(states, str) else states[i - CALLER]
        check(row[3] == state, 'thread %d: state is not %s' % (i, state), row)
        if tids:
            check(int(row[1]) in tids, 'thread %d: tid' % i, row)
        if i == CALLER:
            check(main is None or re.match(main, row[5]), 'caller', row)
            continue
        check(row[4] == CALL[kind(i)], 'thread %d: call' % i, row)
        where = r'\b%s \(tests/gdb_crew\.c:\d+\)$' % (
            'read_byte' if kind(i) == 'handler' else FUNCTION[kind(i)])
        check(re.search(where, row[5]), 'thread %d: where' % i, row)


def in_order(names, wanted):
    rest = iter(names)
    return all(w in rest for w in wanted)


def backtraces(saved):
    for i in THREADS:
        text = do('forkall bt %d' % i)
        lines = [l for l in text.splitlines() if l.startswith('#')]
        names = [re.sub(r'^#\d+ +(0x\w+ in )?', '', l).split(' (')[0]
                 for l in lines]
        check([int(re.match(r'#(\d+)', l)[1]) for l in lines] ==
              list(range(len(lines))), 'bt %d: numbers' % i, text)
        check('??' not in text and 'corrupt' not in text, 'bt %d' % i, text)
        check(names[-1] == ('clone_stack' if i else 'main'), 'bt %d: end' % i,
              text)
        if i == CALLER:
            continue
        wanted = [FUNCTION[kind(i)], 'work', 'enter']
        if kind(i) == 'handler':
            wanted = ['read_byte', 'handler', 'dispatch',
                      '<signal handler called>', 'handle', 'work', 'enter']
        if wanted[0] == 'work':
            del wanted[0]
        check(in_order(names, wanted), 'bt %d' % i, text)
        check(not saved or 'park' not in names, 'bt %d: the handler' % i, text)


def registers():
    """Of each saved thread: from where it is, and right."""
    aarch64 = gdb.selected_inferior().architecture().name() == 'aarch64'
    pc = 'pc' if aarch64 else 'rip'
    for i in range(N):
        text = do('forkall regs %d' % i)
        lines = text.splitlines()
        places = ['context', 'TCB', 'kernel']
        if i > 0:
            places.append('signal frame')
            value = re.search(r'^%s +0x(\w+) +signal frame$' % pc, text, re.M)
            trace = do('forkall bt %d' % i)
            first = re.search(r'^#0 +(0x\w+) in', trace, re.M)
            check(value and (not first or int(value[1], 16) ==
                             int(first[1], 16)), 'regs %d: pc' % i, text)
            vector = 'v31' if aarch64 else '[xy]mm15'
            check(re.search(r'^%s +0x\w+ +signal frame$' % vector, text, re.M),
                  'regs %d: vectors' % i, text)
            check(re.search(r'^mask +0x\w+ +signal frame', text, re.M),
                  'regs %d: mask' % i, text)
        for place in places:
            check(any(re.search(r' %s' % place, l) for l in lines),
                  'regs %d: nothing in the %s' % (i, place), text)
        if kind(i) == 'handler' and i:
            check(re.search(r'^signal stack +0x\w+, 16384 bytes', text, re.M),
                  'regs %d: alternate stack' % i, text)


# ---- Stepping -----------------------------------------------------------------

def expected_steps(returns):
    """The lines that say what has happened, without what differs."""
    order = [i for i in THREADS if i] + [0] * (not CALLER)
    steps = []
    for i in order:
        steps.append('Thread %d .*: (kernel thread \\d+ has its stack|'
                     'the first task has its place)' % i)
        steps.append('Thread %d .*: its context is restored; context_save\\(\\) '
                     'has returned 1, in (park|fork_stopped)\\(\\)\\.' % i)
        for r in REPAIRS:
            steps.append('Thread %d .*: %s\\(\\) is done: ' % (i, r))
    steps.append('The gate is open for %d thread' % N)
    for i in THREADS:
        if i == CALLER:
            steps.append('Thread %d .*: %s\\(\\) has returned, to ' %
                         (i, returns))
            continue
        steps.append('Thread %d .*: it is at the signal return\\.' % i)
        function = 'read_byte' if kind(i) == 'handler' else FUNCTION[kind(i)]
        steps.append('Thread %d .*: it is where it was interrupted, in .*'
                     '\\b%s \\(' % (i, function))
    return steps


def steps(text):
    """Two lines for each event, the second of which says what comes next."""
    lines = [l for l in text.splitlines() if not l.startswith('[')]
    check(len(lines) % 2 == 0, 'lines come in pairs', text)
    for line in lines[1::2]:
        check(line.startswith('  next: '), 'what comes next', line)
    return lines[::2]


def step_all(begin, returns):
    happened = steps(do('forkall step'))
    check(re.match(begin, happened[0]), 'first step', happened)
    table_is('parked')
    # The ordinary commands work in between.
    happened = steps(do('forkall step 2'))
    if N > 1:
        states = ['parked'] * N
        states[not CALLER] = 'respawned'	# the leader comes last
        table_is(states)
        check(('fork_stopped' if CALLER else 'park') in do('backtrace'),
              'backtrace in between')
        check('respawn_caller' in do('info symbol &respawn_caller'), 'ordinary')
    happened += steps(do('forkall step end'))
    wanted = expected_steps(returns)
    check(len(happened) == len(wanted), '%d steps, expected %d' %
          (len(happened), len(wanted)), '\n'.join(happened))
    for line, pattern in zip(happened, wanted):
        check(re.match(pattern, line), 'step: %s' % pattern, line)
    table = rows()[CALLER:]
    check(all(r[3] == 'running' for r in table), 'all are back', table)
    tids = {int(r[1]) for r in table}
    # The first task, if it is no thread's, may still have to exit.
    check(tids <= lwps() and len(lwps() - tids) <= CALLER, 'tids', table)


exit_codes = []
gdb.events.exited.connect(
    lambda e: exit_codes.append(getattr(e, 'exit_code', None)))


def goes_on():
    do('continue')
    check(exit_codes[-1:] == [3], 'the copy is not whole', exit_codes)


# ---- Modes --------------------------------------------------------------------

def lwps():
    return {t.ptid[1] for t in gdb.selected_inferior().threads()}


def live():
    for command in 'threads', 'bt 0', 'regs 0', 'step', 'checkpoint':
        refused('forkall ' + command, 'no process')
    do('break ready')
    do('run %d forkall' % N)
    refused('forkall bt 99', 'no thread 99')
    refused('forkall regs x', 'number')
    refused('forkall step what', 'Usage')
    refused('forkall restart 1', 'no checkpoint 1')
    refused('forkall delete 1', 'no checkpoint 1')
    check('No checkpoints' in do('forkall checkpoints'), 'no checkpoints')
    follow_copy()


def leaderless():
    do('break ready')
    do('run %d leaderless' % N)
    refused('forkall bt 0', 'has ended')
    refused('forkall regs 0', 'has ended')
    follow_copy()


def follow_copy():
    table_is('running', lwps(), r'ready \(tests/gdb_crew\.c:\d+\)')
    backtraces(False)
    check(' kernel' in do('forkall regs %d' % CALLER),
          'registers of a running thread')
    do('break fork_stopped')
    do('continue')
    table_is(['running'] + ['parked'] * (N - 1), lwps(),
             r'fork_stopped \(core/forkall\.c')
    backtraces(True)
    do('delete')
    step_all(r'The copy, process \d+: one task, on a stack of its own; '
             '%d thread' % N, 'forkall')
    goes_on()


def snapshot():
    table_is('parked', None, r'fork_stopped \(core/forkall\.c')
    backtraces(True)
    registers()
    step_all(r'The copy of the snapshot, process \d+: one task', 'snapshot')
    goes_on()


def core():
    """An image that cannot be restarted here."""
    table_is('parked', lwps(), r'fork_stopped \(core/forkall\.c')
    backtraces(True)
    registers()
    refused('forkall checkpoint', 'is an image')
    refused('forkall step', 'cannot be restarted')


def image():
    table_is('parked', lwps(), r'fork_stopped \(core/forkall\.c')
    backtraces(True)
    registers()
    refused('forkall checkpoint', 'is an image')
    do('set forkall-restart %s' % os.environ['RESTART'])
    step_all(r'The image, restarted, process \d+: one task', 'checkpoint\\w*')
    goes_on()


def everything():
    """All that a checkpoint has to bring back, but the ids."""
    text = do('print spins') + do('print steps') + do('info breakpoints')
    table = rows()
    for row in table:
        text += ' '.join(row[:1] + row[2:]) + '\n'
        text += do('forkall bt %s' % row[0])
    for t in sorted(gdb.selected_inferior().threads(), key=lambda t: t.num):
        t.switch()
        text += do('info registers')
    return re.sub(r'\$\d+ = |orig_rax .*', '', text)


def checkpoints():
    do('break ready')
    do('run %d bug' % N)
    before = do('print spins').split('=')[1]
    said = do('forkall checkpoint')
    check(re.match(r"Checkpoint 1: process \d+, thread 0 '.*', ready \(", said),
          'checkpoint', said)
    check(do('print spins').split('=')[1] == before,
          'the process has moved', before)
    table = rows()
    check(all(r[3] == 'running' for r in table), 'running', table)
    main = gdb.selected_thread().num
    seen = []
    for i in range(3):
        do('continue')
        check('bug' in do('frame') and int(gdb.parse_and_eval('steps')) == 1000,
              'the bug', do('frame'))
        do('forkall restart 1')
        check('ready' in do('frame'), 'back', do('frame'))
        check(do('print spins').split('=')[1] == before, 'the same spins')
        seen.append(everything())
        do('frame 0')
        gdb.execute('thread %d' % main)
    check(seen[0] == seen[1] == seen[2], 'three restarts differ',
          '\n----\n'.join(seen))
    said = do('forkall checkpoint')
    check(said.startswith('Checkpoint 2:'), 'a checkpoint of a restart', said)
    table = do('forkall checkpoints').splitlines()
    check(len(table) == 3 and 'ready' in table[2], 'list', table)
    first = int(table[1].split()[1])
    do('forkall delete 1')
    refused('forkall restart 1', 'no checkpoint 1')
    do('continue')
    do('forkall restart 2')
    check(int(gdb.parse_and_eval('steps')) == 0, 'the second one')
    check(not os.path.exists('/proc/%d/environ' % first) or
          not open('/proc/%d/environ' % first).read(), 'a deleted one is left')


def non_stop():
    do('break ready')
    do('run %d forkall' % N)
    for i, row in enumerate(rows()):
        check(row[3] == 'running', 'non-stop', row)
        if i and kind(i) != 'spinner':
            check(row[4] == CALL[kind(i)], 'non-stop: call', row)
    refused('forkall step', 'all-stop')
    refused('forkall checkpoint', 'all-stop')
    refused('forkall bt 1', 'is running: interrupt')
    refused('forkall regs 1', 'is running: interrupt')
    do('continue')


def other():
    """Not a program of ours; the image of another one."""
    for command in 'threads', 'bt 0', 'regs 0', 'step', 'checkpoint':
        refused('forkall ' + command, os.environ['SENTENCE'])


{'live': live, 'leaderless': leaderless, 'snapshot': snapshot, 'core': core,
 'image': image, 'checkpoints': checkpoints, 'non-stop': non_stop,
 'other': other}[MODE]()
print('failed: %d' % failed)
gdb.execute('kill inferiors %s' % ' '.join(
    str(i.num) for i in gdb.inferiors() if i.pid)
    if any(i.pid for i in gdb.inferiors()) and MODE != 'other' else 'echo')
