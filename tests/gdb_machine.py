# What tests/check-gdb-aarch64 does in the emulated machine, where GDB, started by
# /init, runs this for its Python: what tests/check-gdb-forkall and
# tests/check-gdb-backtrace do natively, with fewer threads, and without the forks
# in non-stop mode; and images for the debugger outside, on the drive.
import os
import subprocess
import sys
import tarfile
import time

import gdb

DRIVE, DRIVE_TIME = '/dev/nvme0n1', 60
os.environ.update(CREW='/tests/gdb_crew', LOCKS='/tests/locks',
                  OTHER='/tests/other', RESTART='/restart', COUNTS='1 8',
                  SIZE='4', ALL_STOP='1', LC_ALL='C.UTF-8')


def start(name, *arguments):
    """A GDB, with its output in a file."""
    with open('/tmp/' + name, 'w') as output:
        return subprocess.Popen(['gdb', '-nx', '-batch', *arguments],
                                stdin=subprocess.DEVNULL, stdout=output,
                                stderr=subprocess.STDOUT)


def is_good(name, process):
    status = process.wait()
    with open('/tmp/' + name, errors='replace') as output:
        lines = output.read().splitlines()
    if status == 0 and 'failed: 0' in lines:
        return True
    failed = [l for l in lines if l.startswith('FAILED')][:40]
    print('\n'.join(failed + ['...'] + lines[-60:]))
    print('%s: status %d' % (name, status))
    return False


def write_images():
    """On the drive, as a tar archive.  The kernel may still be looking for it."""
    os.chdir('/tmp')
    for name, *command in (('crew', '/tests/image_program', 'crew', 'crew'),
                           ('members', '/tests/gdb_crew', '8', 'image',
                            'members')):
        subprocess.run(command, stdin=subprocess.DEVNULL, check=True)
    deadline = time.monotonic() + DRIVE_TIME
    while not os.path.exists(DRIVE):
        if time.monotonic() > deadline:
            sys.exit('no ' + DRIVE)
        time.sleep(0.1)
    with tarfile.open(DRIVE, 'w|') as archive:
        for name in 'crew', 'members':
            archive.add(name)
    os.sync()


def main():
    write_images()
    scenarios = start('scenarios', '-x', '/tests/gdb_settings.gdb',
                      '-x', '/tests/gdb_backtrace.py',
                      '-x', '/tests/gdb_scenarios.py', '/tests/gdb_program')
    modes = start('modes', '-x', '/tests/gdb_modes.py')
    good = [is_good('modes', modes), is_good('scenarios', scenarios)]
    return all(good)


status = 1
try:
    status = int(not main())
finally:			# else GDB would end with status 0
    sys.stdout.flush()
    gdb.execute('quit %d' % status)
