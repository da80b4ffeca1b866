"""What differs between the processors: names of registers, where a signal frame
and a context have them, and how a system call in progress is known.  Pairs with
arch/*/arch.h."""
import os
import re

import gdb

SIGSYNCCALL, SIGRESTART = 34, 35
EINTR = -4
MASK = (1 << 64) - 1


def is_aarch64():
    return gdb.selected_inferior().architecture().name() == 'aarch64'


def register(name):
    """Of the selected kernel thread, as an unsigned number."""
    return int(gdb.newest_frame().read_register(name)) & MASK


def thread_pointer():
    return register('tpidr' if is_aarch64() else 'fs_base')


def read(address, size):
    return bytes(gdb.selected_inferior().read_memory(address, size))


def number(data, offset, size):
    return int.from_bytes(data[offset:offset + size], 'little')


X86 = ('r8 r9 r10 r11 r12 r13 r14 r15 di si bp bx dx ax cx sp ip').split()


def frame_registers(frame):
    """(GDB's name, value) of the registers in a struct ucontext."""
    m = frame['uc_mcontext']
    if is_aarch64():
        both = [('x%d' % n, m['regs'][n]) for n in range(31)]
        both += [(n, m[n]) for n in ('sp', 'pc')] + [('cpsr', m['pstate'])]
    else:
        both = [('r' + n if n.isalpha() else n, m['r' + n if n.isalpha() else n])
                for n in X86]
        both += [('eflags', m['eflags'])]
    return [(name, int(value) & MASK) for name, value in both]


def context_registers(context):
    """The same for a struct context: those that a call preserves."""
    if is_aarch64():
        saved = context['x19_x30']
        both = [('x%d' % (19 + n), saved[n]) for n in range(12)]
        both += [('sp', context['sp']), ('pc', saved[11]),
                 ('fpcr', context['fpcr']), ('fpsr', context['fpsr'])]
        low = read(int(context['d8_d15'].address), 64)
        both += [('d%d' % (8 + n), number(low, 8 * n, 8)) for n in range(8)]
    else:
        both = [('rbx', context['rbx']), ('rbp', context['rbp'])]
        both += [('r%d' % (12 + n), context['r12_r15'][n]) for n in range(4)]
        both += [('rsp', context['sp']), ('rip', context['pc']),
                 ('mxcsr', context['mxcsr']), ('fctrl', context['fcw'])]
    return [(name, int(value) & MASK) for name, value in both]


def kept_registers(state):
    """What only the control block has (struct arch_state)."""
    names = {'gs': 'gs_base'}
    return [(names.get(f.name, f.name), int(state[f.name]) & MASK)
            for f in state.type.fields() if state[f.name].type.sizeof <= 8]


def sp_name():
    return 'sp' if is_aarch64() else 'rsp'


def pc_name():
    return 'pc' if is_aarch64() else 'rip'


def signal_return(frame):
    """The registers with which a handler returns to __restore_rt; on aarch64 the
    siginfo_t comes before the struct ucontext."""
    sp = int(frame) - (128 if is_aarch64() else 0)
    return [(sp_name(), sp), (pc_name(), label('__restore_rt'))]


# ---- Vector registers in a signal frame --------------------------------------

def x86_vectors(frame):
    at = int(frame['uc_mcontext']['fpstate'])
    if not at:
        return
    area = read(at, 512)
    yield 'fctrl', number(area, 0, 2), 8
    yield 'mxcsr', number(area, 24, 4), 8
    high = None
    if number(area, 464, 4) == 0x46505853:	# FP_XSTATE_MAGIC1
        header = number(read(at + 512, 8), 0, 8)
        if header & 4:
            high = read(at + 576, 256)
    for n in range(16):
        low = number(area, 160 + 16 * n, 16)
        if high:
            yield 'ymm%d' % n, low | number(high, 16 * n, 16) << 128, 32
        else:
            yield 'xmm%d' % n, low, 16


FPSIMD, SVE = 0x46508001, 0x53564501


def aarch64_vectors(frame):
    at = int(frame['uc_mcontext']['__reserved'].address)
    while True:
        head = read(at, 8)
        magic, size = number(head, 0, 4), number(head, 4, 4)
        if not magic or not size:
            return
        record = read(at, size)
        if magic == FPSIMD:
            yield 'fpsr', number(record, 8, 4), 8
            yield 'fpcr', number(record, 12, 4), 8
            for n in range(32):
                yield 'v%d' % n, number(record, 16 + 16 * n, 16), 16
        elif magic == SVE:
            yield 'vl', number(record, 8, 2), 8
        at += size


def vectors(frame):
    """(name, value, bytes) of the vector and control registers in a frame."""
    return list(aarch64_vectors(frame) if is_aarch64() else x86_vectors(frame))


# ---- System calls ------------------------------------------------------------

names = {}


def call_name(n):
    """GDB has a list of them, for `catch syscall'."""
    file = os.path.join(gdb.parameter('data-directory'), 'syscalls',
                        ('aarch64' if is_aarch64() else 'amd64') + '-linux.xml')
    if not names:
        try:
            with open(file) as xml:
                for m in re.finditer(r'name="(\w+)" number="(\d+)"', xml.read()):
                    names[int(m.group(2))] = m.group(1)
        except OSError:
            names[-1] = ''
    return names.get(n, 'call %d' % n)


def label(name):
    return int(gdb.parse_and_eval("(long)&'%s'" % name)) & MASK


def saved_call(frame):
    """The number of the call that a saved thread was interrupted in, or None."""
    registers = dict(frame_registers(frame))
    pc = registers[pc_name()]
    start, end = label('call_start'), label('call_end')
    again, again_end = label('call_again'), label('call_again_end')
    if pc == start:
        return registers['x8' if is_aarch64() else 'rax']
    result = registers['x0' if is_aarch64() else 'rax']
    if again <= pc < again_end or (
            pc in (end, again_end) and result == EINTR & MASK):
        if is_aarch64():
            return registers['x10']
        return number(read(registers['rsp'] - 8, 8), 0, 8)
    return None


def running_call():
    """The number of the call that the selected kernel thread is in, or None."""
    pc = register('pc')
    if is_aarch64():
        # The kernel has put it back there, to enter again.
        if number(read(pc, 4), 0, 4) == 0xd4000001:
            return register('x8')
        return None
    try:
        n = register('orig_rax')
    except ValueError:
        return None
    if n < 1 << 31 and read(pc - 2, 2) == b'\x0f\x05':
        return n
    return None


def kernel_call(lwp):
    """The same of one that cannot be looked at, because it runs."""
    try:
        with open('/proc/%d/task/%d/syscall' % lwp.ptid[:2]) as text:
            word = text.read().split()[0]
    except (OSError, IndexError):
        return None
    return int(word) if word.isdigit() else None
