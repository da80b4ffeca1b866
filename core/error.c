/* Errors in words, for the tools.  The library itself says nothing. */
#include "thread.h"

static const char *const texts[] = {
	[EPERM] = "Operation not permitted",
	[ENOENT] = "No such file or directory",
	[ESRCH] = "No such process",
	[EIO] = "Input/output error",
	[ENXIO] = "No such device or address",
	[EBADF] = "Bad file descriptor",
	[EAGAIN] = "Resource temporarily unavailable",
	[ENOMEM] = "Cannot allocate memory",
	[EACCES] = "Permission denied",
	[EFAULT] = "Bad address",
	[EBUSY] = "Device or resource busy",
	[EEXIST] = "File exists",
	[ENODEV] = "No such device",
	[ENOTDIR] = "Not a directory",
	[EISDIR] = "Is a directory",
	[EINVAL] = "Invalid argument",
	[ENFILE] = "Too many open files in system",
	[EMFILE] = "Too many open files",
	[ETXTBSY] = "Text file busy",
	[EFBIG] = "File too large",
	[ENOSPC] = "No space left on device",
	[ESPIPE] = "Illegal seek",
	[EDQUOT] = "Disk quota exceeded",
	[EROFS] = "Read-only file system",
	[EPIPE] = "Broken pipe",
	[ENAMETOOLONG] = "File name too long",
	[ENOSYS] = "Function not implemented",
	[ELOOP] = "Too many levels of symbolic links",
	[EOVERFLOW] = "Value too large for defined data type",
	[EOPNOTSUPP] = "Operation not supported",
	[ESTALE] = "Stale file handle",
};

const char *error_text(long error)
{
	static char other[32];
	unsigned long n = (unsigned long)-error;

	if (n < sizeof texts / sizeof *texts && texts[n])
		return texts[n];
	format(other, sizeof other, "error %ld", -error);
	return other;
}
