/* Processes by what /proc shows. */
#include "processes.h"

const char *proc_path(char path[PATH_ROOM], uint64_t pid, const char *rest)
{
	struct text text = {.to = -1};

	put(&text, "/proc/");
	put_number(&text, pid);
	if (*rest)
		put(&text, "/");
	put(&text, rest);
	string(&text);
	memcpy(path, text.bytes, PATH_ROOM);
	path[PATH_ROOM - 1] = 0;
	return path;
}

const char *name_of(char name[32], uint64_t pid)
{
	char path[PATH_ROOM];
	long size = slurp(proc_path(path, pid, "comm"), name, 32);

	if (size <= 0)
		return "?";
	if (name[size - 1] == '\n')
		name[--size] = 0;
	for (long i = 0; i < size; i++)
		if (name[i] < 0x20 || name[i] > 0x7e)
			name[i] = '?';
	return name;
}

uint64_t status_of(uint64_t pid, const char *field, uint64_t otherwise)
{
	static char status[4096];
	char path[PATH_ROOM];
	uint64_t value;

	if (slurp(proc_path(path, pid, "status"), status, sizeof status) <= 0)
		return otherwise;
	for (const char *at = status; *at; at++) {
		if (begins(at, field)) {
			for (at += length(field); *at == '\t' || *at == ' ';)
				at++;
			return number_at(&at, 10, &value) ? value : otherwise;
		}
		while (*at && *at != '\n')
			at++;
		if (!*at)
			break;
	}
	return otherwise;
}
