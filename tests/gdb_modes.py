# Runs tests/gdb_forkall.py in all its modes, each under a GDB of its own.  A GDB
# runs this file too, for its Python: the emulated machine has no other and no
# shell.  CREW, LOCKS, OTHER and RESTART name programs, COUNTS how many threads.
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback

import gdb

here = os.path.dirname(os.path.abspath(__file__))
crew, locks, other, restart = (os.environ[name] for name in (
    'CREW', 'LOCKS', 'OTHER', 'RESTART'))
counts = [int(n) for n in os.environ.get('COUNTS', '1 8 64').split()]
folder = tempfile.mkdtemp()
failed = 0


def debug(mode, n, *arguments, non_stop='off', sentence=''):
    global failed
    settings = ['set width 0', 'set debuginfod enabled off',
                'set non-stop ' + non_stop, 'set startup-with-shell ' +
                ('on' if os.path.exists('/bin/sh') else 'off'),
                'handle SIGUSR1 nostop noprint pass']
    command = ['gdb', '-nx', '-batch']
    for setting in settings:
        command += ['-ex', setting]
    command += ['-x', here + '/../gdb/forkall.py', *arguments,
                '-x', here + '/gdb_forkall.py']
    start = time.monotonic()
    with open(folder + '/output', 'w+', errors='replace') as output:
        try:
            subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output,
                           stderr=subprocess.STDOUT, timeout=120,
                           env=dict(os.environ, MODE=mode, N=str(n),
                                    SENTENCE=sentence))
        except subprocess.TimeoutExpired:
            print('too late', file=output)
        output.seek(0)
        lines = output.read().splitlines()
    print('== %s %d: %.1f s' % (mode, n, time.monotonic() - start))
    if 'failed: 0' not in lines or 'too late' in lines:
        failed += 1
        lines = [l for l in lines if l and not l.startswith('[')]
        print('\n'.join(lines[-40:]))
    sys.stdout.flush()


def snapshot(n):
    program = subprocess.Popen([crew, str(n), 'snapshot'],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    pid = int(program.stdout.readline())
    debug('snapshot', n, '-ex', 'attach %d' % pid, crew)
    os.kill(pid, signal.SIGKILL)
    program.kill()
    program.wait()


def image(n):
    path = '%s/image%d' % (folder, n)
    subprocess.run([crew, str(n), 'image', path], stdin=subprocess.DEVNULL,
                   check=True)
    debug('image', n, crew, path)
    return path


def all_modes():
    for n in counts:
        debug('live', n, crew)
        debug('leaderless', n, crew)
        debug('checkpoints', n, crew)
        snapshot(n)
        path = image(n)
    debug('non-stop', 8, crew, non_stop='on')
    debug('other', 1, other, '-ex', 'break main', '-ex', 'run',
          sentence='is not built with the library')
    debug('other', 1, other, sentence='no process')
    debug('other', 1, sentence='no process')
    debug('other', 1, locks, path, sentence='image is of another program')


try:
    all_modes()
except BaseException:		# else GDB would end with status 0
    traceback.print_exc(file=sys.stdout)
    failed += 1
print('failed: %d' % failed)
sys.stdout.flush()
gdb.execute('quit %d' % bool(failed))
