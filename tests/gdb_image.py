# Run by GDB for tests/gdb_likes on an image that tests/image_program has written
# with `crew': all that a core file has to show is looked at.
import gdb

failed = []

def check(condition, text):
    if not condition:
        failed.append(text)

def value(expression):
    return int(gdb.parse_and_eval(expression)) & (2**64 - 1)

def frames():
    names, f = [], gdb.newest_frame()
    while f:
        if f.type() == gdb.SIGTRAMP_FRAME:
            names.append('<signal>')
        else:
            names.append(f.name() or '?')
        f = f.older()
    return names

def in_order(names, wanted):
    rest = iter(names)
    return all(w in rest for w in wanted)

def vector(i, size):
    if gdb.selected_frame().architecture().name().startswith('aarch64'):
        expression, size = '$v%d.b.u', 16
    else:
        expression = {64: '$zmm%d.v64_int8', 32: '$ymm%d.v32_int8',
                      16: '$xmm%d.v16_int8'}[size]
    v = gdb.parse_and_eval(expression % i)
    return [int(v[k]) & 255 for k in range(size)]

THREAD = ['enter', 'clone_stack']
WANTED = {			# id: innermost function, and others down to its start
    0: ('fork_stopped', ['take_image', 'checkpoint_of', 'take_image', 'crew',
                         'main']),
    1: ('vector_leaf', ['leaf_thread'] + THREAD),
    2: ('vector_leaf', ['leaf_thread'] + THREAD),
    3: ('vector_leaf', ['leaf_thread'] + THREAD),
    4: ('restartable_call', ['system_call', 'read_thread'] + THREAD),
    5: ('restartable_call', ['mutex_lock', 'lock_thread'] + THREAD),
    6: ('known_place', ['second_handler', 'dispatch', '<signal>',
                        'restartable_call', 'first_handler', 'dispatch',
                        '<signal>', 'restartable_call', 'raise_first',
                        'nested_thread'] + THREAD),
}

threads = gdb.selected_inferior().threads()
size = value('size_of_vector')
aarch64 = gdb.selected_frame().architecture().name().startswith('aarch64')
count = 32 if size == 64 or aarch64 else 16
by_tid = {value('known[%d].tid' % n): n for n in WANTED}
check(sorted(t.ptid[1] for t in threads) == sorted(by_tid), 'LWPs')

for t in threads:
    t.switch()
    gdb.newest_frame().select()
    n = by_tid.get(t.ptid[1])
    if n is None:
        continue
    names = frames()
    innermost, others = WANTED[n]
    # A thread may be a few instructions before it sleeps, or after.
    check(names[0] == innermost, 'thread %d is in %s' % (n, names[0]))
    check(in_order(names, others), 'thread %d: backtrace %s' % (n, names))
    check(names[-1] in ('main', 'clone_stack', 'start', '_start'),
          'thread %d: the backtrace ends in %s' % (n, names[-1]))
    tp = value('$tpidr' if aarch64 else '$fs_base')
    check(tp == value('known[%d].tcb->tp' % n), 'thread %d: thread pointer' % n)
    check(value('*known[%d].own' % n) == value('known[%d].value' % n),
          'thread %d: thread-local variable' % n)
    if innermost != 'vector_leaf':
        continue
    leaf = n - 1
    for i in range(count):
        want = [(leaf * 31 + i * 7 + k * 3 + 1) & 255 for k in range(64)]
        got = vector(i, size)
        check(got == want[:len(got)], 'thread %d: vector register %d is %s' %
              (n, i, got))
    general = value('leaves[%d].general' % leaf)
    for k in range(3):
        register = ('$x%d' if aarch64 else '$r%d') % (8 + k)
        check(value(register) == general + k,
              'thread %d: %s' % (n, register))
    for k in range(0 if aarch64 else 16):
        check(value('((unsigned long *)$sp)[-%d]' % (k + 1)) ==
              general + 16 + k, 'thread %d: red zone %d' % (n, k))

memory = gdb.selected_inferior().read_memory
check(value('initialized') == 0x1badcafe, 'initialized data')
check(gdb.parse_and_eval('text').string() == 'constant', 'constant data')
check(bytes(memory(value('&zeros'), 1 << 20)) == bytes(1 << 20), 'zero pages')
print('failed: %d' % len(failed))
for f in failed:
    print('FAILED: ' + f)
