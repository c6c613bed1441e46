/* The driver of an encrypted container: a file whose content is a heap of noise on the disk, and a folder of files while it is
 * open. It speaks to the kernel by /dev/fuse itself (the kernel's include/uapi/linux/fuse.h), keeps all files in its memory,
 * and writes the container anew when a changed file is closed. When it is told to end (SIGTERM) it closes the container: it takes
 * the mount away and wipes what it held. With the argument "pack" it makes a container of the files of a folder, which it removes.
 *
 * Inert: it opens no file but its own. The cipher is ChaCha20 (RFC 8439), and a real one: without the key nothing can be read.
 *
 *   CONTAINER  the file
 *   MOUNT      the folder
 *   KEYFILE    the key, 32 bytes, which it removes when it has opened the container
 *   FOLDER     what "pack" takes
 *   PIDFILE    where it writes its number
 *   OWNER      whose number the files have
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define MOST 16
#define LARGEST (1 << 20) /* bytes of a file */
#define NONCE 12
#define FIRST 2 /* the inode of the first file; the folder is 1 */
#define MOUTHFUL 65536

char CONTAINER[128] = "@CONTAINER@";
char MOUNT[128] = "@MOUNT@";
char KEYFILE[128] = "@KEYFILE@";
char FOLDER[128] = "@FOLDER@";
char PIDFILE[128] = "@PIDFILE@";
char OWNER[8] = "@OWNER@";

struct item { char name[64], *content; size_t size; long long modified; };

static struct item items[MOST];
static int count, changed, device = -1;
static volatile sig_atomic_t ends;
static uint32_t key[8];

static uint32_t turned(uint32_t word, int by)
{
	return word << by | word >> (32 - by);
}

static void quarter(uint32_t *x, int a, int b, int c, int d)
{
	x[a] += x[b], x[d] = turned(x[d] ^ x[a], 16);
	x[c] += x[d], x[b] = turned(x[b] ^ x[c], 12);
	x[a] += x[b], x[d] = turned(x[d] ^ x[a], 8);
	x[c] += x[d], x[b] = turned(x[b] ^ x[c], 7);
}

/* Encrypts or decrypts bytes in their place. */
static void cipher(unsigned char *bytes, size_t size, const unsigned char *nonce)
{
	uint32_t first[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574}, block[16];

	memcpy(first + 4, key, sizeof key);
	memcpy(first + 13, nonce, NONCE);
	for (size_t at = 0; at < size; at += sizeof block, first[12]++) {
		memcpy(block, first, sizeof block);
		for (int round = 0; round < 10; round++) {
			for (int i = 0; i < 4; i++)
				quarter(block, i, 4 + i, 8 + i, 12 + i);
			for (int i = 0; i < 4; i++)
				quarter(block, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
		}
		for (int i = 0; i < 16; i++)
			block[i] += first[i];
		for (size_t i = 0; i < sizeof block && at + i < size; i++)
			bytes[at + i] ^= ((unsigned char *)block)[i];
	}
}

/* A file's content, with a zero byte behind it. */
static char *read_file(const char *path, size_t *size)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	char *content = calloc(1, LARGEST);
	ssize_t got;

	*size = 0;
	while (file >= 0 && *size < LARGEST - 1 && (got = read(file, content + *size, LARGEST - 1 - *size)) > 0)
		*size += got;
	if (file >= 0)
		close(file);
	return realloc(content, *size + 1);
}

/* Writes the container: a fresh nonce, and behind it each file with a line of what it is. */
static int seal(void)
{
	size_t size = 0, room = NONCE + 1;
	unsigned char *all;
	int file, failed;

	for (int i = 0; i < count; i++)
		room += items[i].size + sizeof items[i].name + 64;
	all = malloc(room);
	failed = getrandom(all, NONCE, 0) != NONCE;
	for (int i = 0; i < count; i++) {
		size += sprintf((char *)all + NONCE + size, "%s %zu %lld\n", items[i].name, items[i].size, items[i].modified);
		memcpy(all + NONCE + size, items[i].content, items[i].size);
		size += items[i].size;
	}
	cipher(all + NONCE, size, all);
	file = open(CONTAINER, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	failed |= file < 0 || write(file, all, NONCE + size) != (ssize_t)(NONCE + size) || fchown(file, atoi(OWNER), atoi(OWNER));
	if (file >= 0)
		close(file);
	free(all);
	changed = 0;
	return failed;
}

static int unseal(void)
{
	size_t size, at = NONCE;
	char *all = read_file(CONTAINER, &size), *line;
	int length;

	if (size < NONCE)
		return 1;
	cipher((unsigned char *)all + NONCE, size - NONCE, (unsigned char *)all);
	while (at < size && count < MOST) {
		struct item *one = &items[count];

		line = all + at;
		if (sscanf(line, "%63s %zu %lld%n", one->name, &one->size, &one->modified, &length) != 3 || line[length] != '\n')
			return 1; /* another key */
		at += length + 1;
		if (one->size > size - at)
			return 1;
		one->content = malloc(one->size + 1);
		memcpy(one->content, all + at, one->size);
		at += one->size;
		count++;
	}
	explicit_bzero(all, size);
	free(all);
	return 0;
}

static int pack(void)
{
	char path[256];
	struct dirent *each;
	struct stat what;
	DIR *folder = opendir(FOLDER);

	while (folder && count < MOST && (each = readdir(folder))) {
		snprintf(path, sizeof path, "%s/%.63s", FOLDER, each->d_name);
		if (stat(path, &what) || !S_ISREG(what.st_mode))
			continue;
		snprintf(items[count].name, sizeof items[0].name, "%.63s", each->d_name);
		items[count].content = read_file(path, &items[count].size);
		items[count++].modified = what.st_mtime;
		unlink(path);
	}
	return seal();
}

static struct fuse_attr attributes(uint64_t inode)
{
	const struct item *one = inode >= FIRST ? &items[inode - FIRST] : NULL;
	struct fuse_attr found = {.ino = inode, .mode = S_IFDIR | 0700, .nlink = 2, .blksize = 4096};

	found.uid = found.gid = atoi(OWNER);
	if (one) {
		found.mode = S_IFREG | 0600;
		found.nlink = 1;
		found.size = one->size;
		found.blocks = (one->size + 511) / 512;
	}
	for (int i = 0; i < count; i++)
		if (!one && items[i].modified > (long long)found.mtime)
			found.mtime = items[i].modified;
	found.mtime = one ? (uint64_t)one->modified : found.mtime;
	found.atime = found.ctime = found.mtime;
	return found;
}

static void reply(uint64_t to, int error, const void *bytes, size_t size)
{
	struct fuse_out_header head = {.len = sizeof head + size, .error = -error, .unique = to};
	struct iovec parts[] = {{&head, sizeof head}, {(void *)bytes, size}};

	if (writev(device, parts, size ? 2 : 1) < 0)
		return; /* whoever asked has ended meanwhile */
}

static void look_up(uint64_t to, const char *name)
{
	struct fuse_entry_out found = {.entry_valid = 1, .attr_valid = 1};

	for (int i = 0; i < count; i++)
		if (!strcmp(items[i].name, name)) {
			found.nodeid = FIRST + i;
			found.attr = attributes(found.nodeid);
			return reply(to, 0, &found, sizeof found);
		}
	reply(to, ENOENT, NULL, 0);
}

static void tell_attributes(uint64_t to, uint64_t inode)
{
	struct fuse_attr_out told = {.attr_valid = 1, .attr = attributes(inode)};

	reply(to, 0, &told, sizeof told);
}

static void list(uint64_t to, const struct fuse_read_in *asked)
{
	char rows[4096] __attribute__((aligned(8)));
	size_t size = 0;

	for (uint64_t i = asked->offset; i < (uint64_t)count; i++) {
		struct fuse_dirent *row = (void *)(rows + size);
		size_t length = strlen(items[i].name);

		if (size + FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + length) > sizeof rows || size + 128 > asked->size)
			break;
		*row = (struct fuse_dirent){.ino = FIRST + i, .off = i + 1, .namelen = length, .type = S_IFREG >> 12};
		memcpy(row->name, items[i].name, length);
		size += FUSE_DIRENT_SIZE(row);
	}
	reply(to, 0, rows, size);
}

static void resize(struct item *one, size_t size)
{
	one->content = realloc(one->content, size + 1);
	if (size > one->size)
		memset(one->content + one->size, 0, size - one->size);
	one->size = size;
	one->modified = time(NULL);
	changed = 1;
}

static void take(uint64_t to, struct item *one, const struct fuse_write_in *given)
{
	struct fuse_write_out taken = {.size = given->size};

	if (given->offset + given->size > LARGEST)
		return reply(to, EFBIG, NULL, 0);
	resize(one, given->offset + given->size > one->size ? given->offset + given->size : one->size);
	memcpy(one->content + given->offset, given + 1, given->size);
	reply(to, 0, &taken, sizeof taken);
}

static void give(uint64_t to, const struct item *one, const struct fuse_read_in *asked)
{
	size_t left = asked->offset < one->size ? one->size - asked->offset : 0;

	reply(to, 0, one->content + asked->offset, left < asked->size ? left : asked->size);
}

static void set(uint64_t to, uint64_t inode, const struct fuse_setattr_in *given)
{
	struct item *one = inode >= FIRST ? &items[inode - FIRST] : NULL;

	if (one && given->valid & FATTR_SIZE && given->size <= LARGEST)
		resize(one, given->size);
	if (one && given->valid & FATTR_MTIME)
		one->modified = given->valid & FATTR_MTIME_NOW ? time(NULL) : (long long)given->mtime;
	tell_attributes(to, inode);
}

static void greet(uint64_t to, const struct fuse_init_in *asked)
{
	struct fuse_init_out told = {.major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION, .max_write = MOUTHFUL / 2,
		.max_readahead = asked->max_readahead, .max_background = 4, .congestion_threshold = 3, .time_gran = 1000000000};

	reply(to, 0, &told, sizeof told);
}

static void serve(const struct fuse_in_header *head, const void *body)
{
	static const struct fuse_statfs_out space = {
		.st = {.bsize = 4096, .frsize = 4096, .namelen = 63, .blocks = 256, .bfree = 200, .bavail = 200},
	};
	static const struct fuse_open_out opened;
	struct item *one = head->nodeid >= FIRST && head->nodeid < (uint64_t)FIRST + count ? &items[head->nodeid - FIRST] : NULL;

	switch (head->opcode) {
	case FUSE_INIT:
		return greet(head->unique, body);
	case FUSE_LOOKUP:
		return look_up(head->unique, body);
	case FUSE_GETATTR:
		return tell_attributes(head->unique, head->nodeid);
	case FUSE_SETATTR:
		return set(head->unique, head->nodeid, body);
	case FUSE_OPEN:
	case FUSE_OPENDIR:
		return reply(head->unique, 0, &opened, sizeof opened);
	case FUSE_READDIR:
		return list(head->unique, body);
	case FUSE_READ:
		return one ? give(head->unique, one, body) : reply(head->unique, EISDIR, NULL, 0);
	case FUSE_WRITE:
		return one ? take(head->unique, one, body) : reply(head->unique, EISDIR, NULL, 0);
	case FUSE_FLUSH:
	case FUSE_FSYNC:
	case FUSE_RELEASE:
		return reply(head->unique, changed && seal() ? EIO : 0, NULL, 0);
	case FUSE_RELEASEDIR:
		return reply(head->unique, 0, NULL, 0);
	case FUSE_STATFS:
		return reply(head->unique, 0, &space, sizeof space);
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		return;
	default:
		reply(head->unique, ENOSYS, NULL, 0);
	}
}

static void end(int number)
{
	ends = number;
}

/* Closes the container: nothing readable is left of it, here or anywhere. */
static void shut(void)
{
	if (changed)
		seal();
	umount2(MOUNT, MNT_DETACH);
	for (int i = 0; i < count; i++)
		explicit_bzero(items[i].content, items[i].size);
	explicit_bzero(key, sizeof key);
}

static int open_up(void)
{
	char options[128];
	FILE *file;

	device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=%s,group_id=%s,allow_other,default_permissions", device, OWNER,
		OWNER);
	if (unseal() || device < 0 || mount(CONTAINER, MOUNT, "fuse.vault", MS_NOSUID | MS_NODEV, options) || daemon(0, 0))
		return 1;
	unlink(KEYFILE);
	if ((file = fopen(PIDFILE, "we"))) {
		fprintf(file, "%d\n", getpid());
		fclose(file);
	}
	return 0;
}

int main(int number, char **arguments)
{
	static char request[MOUTHFUL + 4096] __attribute__((aligned(8)));
	struct sigaction told = {.sa_handler = end};
	size_t size;
	char *text = read_file(KEYFILE, &size);
	ssize_t got;

	if (size < sizeof key)
		return 1;
	memcpy(key, text, sizeof key);
	explicit_bzero(text, size);
	free(text);
	if (number > 1 && !strcmp(arguments[1], "pack"))
		return pack();
	if (open_up())
		return 1;
	sigaction(SIGTERM, &told, NULL);
	while (!ends && ((got = read(device, request, sizeof request)) > 0 || errno == EINTR || errno == ENOENT))
		if (got > 0)
			serve((void *)request, request + sizeof(struct fuse_in_header));
	shut();
	return 0;
}
