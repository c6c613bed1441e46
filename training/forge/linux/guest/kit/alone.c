/* What the programs of the kit have in place of a C library; see alone.h. x86-64 only. */
#include "alone.h"

#include <asm/fcntl.h>

#define ENTRIES 4096

struct entry { /* linux_dirent64 of getdents64(2) */
	uint64_t inode;
	int64_t next;
	uint16_t size;
	uint8_t kind;
	char name[];
};

static const struct {
	int number;
	const char *name, *meaning;
} errors[] = {
	{EPERM, "EPERM", "not permitted"}, {ENOENT, "ENOENT", "no such file or folder"}, {ESRCH, "ESRCH", "no such process"},
	{EINTR, "EINTR", "interrupted"}, {EIO, "EIO", "input/output error"}, {ENXIO, "ENXIO", "no such device"},
	{ENOMEM, "ENOMEM", "no memory"}, {EACCES, "EACCES", "access denied"}, {EFAULT, "EFAULT", "bad address"},
	{EBUSY, "EBUSY", "busy"}, {EEXIST, "EEXIST", "there is such a file already"}, {ENODEV, "ENODEV", "no such device"},
	{ENOTDIR, "ENOTDIR", "is no folder"}, {EISDIR, "EISDIR", "is a folder"}, {EINVAL, "EINVAL", "invalid argument"},
	{EFBIG, "EFBIG", "file too large"}, {ENOSPC, "ENOSPC", "no space left on the medium"},
	{EROFS, "EROFS", "the file system is read-only"}, {ENAMETOOLONG, "ENAMETOOLONG", "name too long"},
	{EUCLEAN, "EUCLEAN", "the file system is damaged"}, {EDQUOT, "EDQUOT", "quota exceeded"},
	{ETIMEDOUT, "ETIMEDOUT", "timed out"}, {EREMOTEIO, "EREMOTEIO", "input/output error of the device"},
	{ENODATA, "ENODATA", "the medium has an error there"}, {EILSEQ, "EILSEQ", "the medium's own check failed"},
	{ENOLINK, "ENOLINK", "the way to the medium failed"}, {EBADE, "EBADE", "the medium is reserved"},
	{EAGAIN, "EAGAIN", "try again"}, {EOPNOTSUPP, "EOPNOTSUPP", "not supported"}, {ESHUTDOWN, "ESHUTDOWN", "shut down"},
};

/* The kernel starts a program with the count of its words on the stack, and behind it pointers to them. */
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall begin\n");

__attribute__((noreturn, used)) void begin(long *stack)
{
	ask(__NR_exit_group, program((int)*stack, (char **)(stack + 1)), 0, 0, 0);
	__builtin_unreachable();
}

long ask(long number, long a, long b, long c, long d)
{
	register long fourth __asm__("r10") = d;
	long answer;

	__asm__ volatile("syscall" : "=a"(answer) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth) : "rcx", "r11", "memory");
	return answer;
}

/* The compiler itself asks for these two. Written as moves of the processor, they can't become calls of themselves. */
void *memcpy(void *to, const void *from, size_t size)
{
	void *at = to;

	__asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(size) : : "memory");
	return to;
}

void *memset(void *to, int with, size_t size)
{
	void *at = to;

	__asm__ volatile("rep stosb" : "+D"(at), "+c"(size) : "a"(with) : "memory");
	return to;
}

size_t length(const char *text)
{
	size_t count = 0;

	while (text[count])
		count++;
	return count;
}

int same(const char *one, const char *other)
{
	while (*one && *one == *other)
		one++, other++;
	return *one == *other;
}

int begins(const char *text, const char *with)
{
	while (*with && *text == *with)
		text++, with++;
	return !*with;
}

int number_at(const char **at, unsigned base, uint64_t *value)
{
	const char *here = *at;

	for (*value = 0;; here++) {
		unsigned digit = *here >= '0' && *here <= '9' ? (unsigned)(*here - '0') :
			(*here | 32) >= 'a' && (*here | 32) <= 'f' ? (unsigned)((*here | 32) - 'a' + 10) : 16;

		if (digit >= base)
			break;
		*value = *value * base + digit;
	}
	if (here == *at)
		return 0;
	*at = here;
	return 1;
}

int send(struct text *text)
{
	size_t done = 0;

	while (done < text->used) {
		long wrote = ask(__NR_write, text->to, (long)(text->bytes + done), (long)(text->used - done), 0);

		if (wrote == -EINTR)
			continue;
		if (wrote <= 0) {
			text->failed = 1;
			break;
		}
		done += (size_t)wrote;
	}
	text->used = 0;
	return !text->failed;
}

void put_bytes(struct text *text, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (text->used == sizeof text->bytes)
			send(text);
		text->bytes[text->used++] = bytes[i];
	}
}

void put(struct text *text, const char *more)
{
	put_bytes(text, more, length(more));
}

void put_safe(struct text *text, const char *foreign, size_t size)
{
	for (size_t i = 0; i < size; i++)
		put_bytes(text, foreign[i] > 0x1f && foreign[i] < 0x7f ? foreign + i : "?", 1);
}

void put_number(struct text *text, uint64_t value)
{
	char digits[20];
	size_t at = sizeof digits;

	do
		digits[--at] = (char)('0' + value % 10);
	while (value /= 10);
	put_bytes(text, digits + at, sizeof digits - at);
}

void put_cell(struct text *text, const char *cell, size_t width)
{
	size_t size = length(cell);

	put_bytes(text, cell, size);
	do
		put(text, " ");
	while (++size < width);
}

void put_number_cell(struct text *text, uint64_t value, size_t width)
{
	struct text cell = {.to = -1};

	put_number(&cell, value);
	put_cell(text, string(&cell), width);
}

const char *string(struct text *text)
{
	text->bytes[text->used < sizeof text->bytes ? text->used : sizeof text->bytes - 1] = 0;
	return text->bytes;
}

void put_hex(struct text *text, uint64_t value, unsigned digits)
{
	int shift = 60;

	while (shift > 0 && shift / 4 >= (int)digits && !(value >> shift))
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		put_bytes(text, &"0123456789abcdef"[value >> shift & 15], 1);
}

void put_error(struct text *text, long error)
{
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
		if (errors[i].number == -error) {
			put(text, errors[i].meaning);
			put(text, " (");
			put(text, errors[i].name);
			put(text, ")");
			return;
		}
	put(text, "error ");
	put_number(text, (uint64_t)-error);
}

long slurp(const char *path, char *into, size_t room)
{
	size_t have = 0;
	long got = 0, file = ask(__NR_open, (long)path, O_RDONLY | O_CLOEXEC, 0, 0);

	if (file < 0)
		return file;
	while (have < room - 1 && (got = ask(__NR_read, file, (long)(into + have), (long)(room - 1 - have), 0)) > 0)
		have += (size_t)got;
	ask(__NR_close, file, 0, 0, 0);
	into[have] = 0;
	return got < 0 ? got : (long)have;
}

long numbered(const char *folder, void (*each)(uint64_t number, void *with), void *with)
{
	char entries[ENTRIES] __attribute__((aligned(8)));
	long got, open = ask(__NR_open, (long)folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0, 0);

	if (open < 0)
		return open;
	while ((got = ask(__NR_getdents64, open, (long)entries, sizeof entries, 0)) > 0)
		for (long at = 0; at < got;) {
			const struct entry *entry = (const struct entry *)(entries + at);
			const char *name = entry->name;
			uint64_t number;

			if (number_at(&name, 10, &number) && !*name)
				each(number, with);
			at += entry->size;
		}
	ask(__NR_close, open, 0, 0, 0);
	return got;
}
