/* Running from memory, for actors: a copy of the own program in an anonymous memory file, started under another name. */
#ifndef MEMORY_H
#define MEMORY_H
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MOST_WORDS 8

/* The path of the own program as the kernel has it. */
static inline char *own_path(char *path, size_t size)
{
	ssize_t got = readlink("/proc/self/exe", path, size - 1);

	path[got > 0 ? got : 0] = 0;
	return path;
}

static inline int runs_from_memory(void)
{
	char path[256];

	return strncmp(own_path(path, sizeof path), "/memfd:", 7) == 0;
}

/* Copies the own program to a memory file called `memfd` and becomes it, with the words of `label` as arguments. Returns only
 * when that failed.
 */
static inline void become_memory(const char *memfd, char *label)
{
	char block[4096], *words[MOST_WORDS + 1] = {NULL}, *none[] = {NULL};
	int copy = memfd_create(memfd, MFD_CLOEXEC), file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (copy < 0 || file < 0)
		return;
	while ((got = read(file, block, sizeof block)) > 0)
		if (write(copy, block, got) != got)
			return;
	words[0] = strtok(label, " ");
	for (int i = 1; i < MOST_WORDS && words[i - 1]; i++)
		words[i] = strtok(NULL, " ");
	fexecve(copy, words, none);
}
#endif
