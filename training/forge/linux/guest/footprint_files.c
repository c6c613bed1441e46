/* The footprint's part on files, from fanotify(7): what processes of the console opened, wrote, made and removed on the file
 * systems that were mounted on arrival. The media that are plugged in later are no part of the suspect's machine.
 */
#define _GNU_SOURCE
#include "footprint.h"
#include "collect.h"
#include "range_peer.h"

#include <fcntl.h>
#include <mntent.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/vfs.h>
#include <unistd.h>

#define MOST_MOUNTS 32
#define WANTED (FAN_OPEN | FAN_MODIFY | FAN_CREATE | FAN_DELETE | FAN_MOVED_FROM | FAN_MOVED_TO | FAN_ONDIR)

enum { OPENED, WRITTEN, CREATED, REMOVED, WAYS };
static const char *const WAY_NAMES[WAYS] = {"opened", "written", "created", "removed"};

struct touched { pid_t pid; int way, times; struct timespec first, last; char *path; };

static struct { fsid_t id; char *point; } mounts[MOST_MOUNTS];
static struct touched *all[MOST_KEPT];
static int count, mount_count, lost, group = -1;

/* The path of a folder by its handle, on the mount of its file system; or an empty text. */
static void path_of(const struct fanotify_event_info_fid *info, char *into, size_t room)
{
	char link[32];
	ssize_t got = -1;
	int on = -1, folder;

	for (int i = 0; i < mount_count && on < 0; i++)
		if (!memcmp(&mounts[i].id, &info->fsid, sizeof info->fsid))
			on = open(mounts[i].point, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	folder = on < 0 ? -1 : open_by_handle_at(on, (struct file_handle *)info->handle, O_PATH | O_CLOEXEC);
	if (folder >= 0) {
		snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
		got = readlink(link, into, room - 1);
		close(folder);
	}
	if (on >= 0)
		close(on);
	into[got > 0 ? got : 0] = 0;
}

static void note(pid_t pid, int way, const char *path)
{
	struct touched *one = NULL;

	for (int i = count - 1; i >= 0 && !one; i--)
		if (all[i]->pid == pid && all[i]->way == way && !strcmp(all[i]->path, path))
			one = all[i];
	if (!one && count == MOST_KEPT) {
		lost++;
		return;
	}
	if (!one) {
		one = all[count++] = calloc(1, sizeof *one);
		one->pid = pid;
		one->way = way;
		one->path = strdup(path);
		clock_gettime(CLOCK_REALTIME, &one->first);
	}
	one->times++;
	clock_gettime(CLOCK_REALTIME, &one->last);
}

static void take(const struct fanotify_event_metadata *told)
{
	static const uint64_t masks[WAYS] = {FAN_OPEN, FAN_MODIFY, FAN_CREATE | FAN_MOVED_TO, FAN_DELETE | FAN_MOVED_FROM};
	static char folder[LONGEST_PATH], path[2 * LONGEST_PATH];
	const struct fanotify_event_info_fid *info = (const void *)(told + 1);
	const struct file_handle *handle = (const void *)info->handle;
	const char *name = (const char *)handle->f_handle + handle->handle_bytes;

	if (told->mask & FAN_Q_OVERFLOW)
		lost++;
	if (told->event_len <= sizeof *told || info->hdr.info_type != FAN_EVENT_INFO_TYPE_DFID_NAME || !is_own(told->pid))
		return;
	path_of(info, folder, sizeof folder);
	snprintf(path, sizeof path, "%s/%s%s", strcmp(folder, "/") ? folder : "", strcmp(name, ".") ? name : "",
		told->mask & FAN_ONDIR && strcmp(name, ".") ? "/" : "");
	for (int way = 0; way < WAYS; way++)
		if (told->mask & masks[way])
			note(told->pid, way, path);
}

static void drain_files(void)
{
	static char bytes[16384] __attribute__((aligned(8)));
	ssize_t size;

	drain_processes();
	while ((size = read(group, bytes, sizeof bytes)) > 0)
		for (struct fanotify_event_metadata *each = (void *)bytes; FAN_EVENT_OK(each, size); each = FAN_EVENT_NEXT(each, size))
			take(each);
}

/* File systems that the kernel makes up are left out: there are no files on them. */
static int has_files(const char *type)
{
	static const char *const those[] = {"rootfs", "tmpfs", "ext4", "overlay", "fuse"};

	for (size_t i = 0; i < sizeof those / sizeof *those; i++)
		if (!strncmp(type, those[i], strlen(those[i])))
			return 1;
	return 0;
}

int begin_files(void)
{
	FILE *rows = setmntent("/proc/self/mounts", "re");
	struct mntent *row;

	group = fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_DFID_NAME | FAN_NONBLOCK | FAN_CLOEXEC, O_RDONLY | O_LARGEFILE);
	while (group >= 0 && rows && mount_count < MOST_MOUNTS && (row = getmntent(rows))) {
		struct statfs what;

		if (!has_files(row->mnt_type) || statfs(row->mnt_dir, &what))
			continue;
		if (fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, WANTED, AT_FDCWD, row->mnt_dir))
			continue; /* one that gives its files no lasting names */
		mounts[mount_count].id = what.f_fsid;
		mounts[mount_count++].point = strdup(row->mnt_dir);
	}
	if (rows)
		endmntent(rows);
	if (!mount_count)
		return -1;
	watch(group, drain_files);
	return 0;
}

void tell_files(FILE *out)
{
	drain_files();
	for (int i = 0; i < count; i++) {
		fprintf(out, "{\"kind\": \"file\", \"way\": \"%s\", \"pid\": %d, \"times\": %d, ", WAY_NAMES[all[i]->way], all[i]->pid,
			all[i]->times);
		named(out, "path", all[i]->path);
		tell_moment(out, "first", &all[i]->first);
		tell_moment(out, "last", &all[i]->last);
		fprintf(out, "}\n");
	}
	if (lost)
		fprintf(out, "{\"kind\": \"lost\", \"of\": \"files\", \"count\": %d}\n", lost);
}
