/* The collector's part on the planted processes: their memory maps and the environment with which they were started. */
#define _GNU_SOURCE
#include "collect.h"
#include "range_peer.h"

#include <string.h>

static void maps(FILE *out, const char *pid)
{
	static char line[LONGEST_PATH + 256];
	char path[64];
	FILE *rows;

	snprintf(path, sizeof path, "/proc/%s/maps", pid);
	rows = fopen(path, "re");
	while (rows && fgets(line, sizeof line, rows)) {
		unsigned long start, end, inode;
		char perms[8];
		int name = 0;

		line[strcspn(line, "\n")] = 0;
		if (sscanf(line, "%lx-%lx %7s %*x %*s %lu %n", &start, &end, perms, &inode, &name) != 4)
			continue;
		fprintf(out, "{\"kind\": \"map\", \"pid\": %s, \"start\": %lu, \"end\": %lu, \"perms\": \"%s\", \"inode\": %lu, ",
			pid, start, end, perms, inode);
		named(out, "path", line + name);
		fprintf(out, "}\n");
	}
	if (rows)
		fclose(rows);
}

static void environment(FILE *out, const char *pid)
{
	static char all[131072];
	char path[64];
	size_t length;

	snprintf(path, sizeof path, "/proc/%s/environ", pid);
	length = slurp(path, all, sizeof all);
	fprintf(out, "{\"kind\": \"environment\", \"pid\": %s, \"text\": ", pid);
	text(out, all, length);
	fprintf(out, "}\n");
}

void collect_maps(FILE *out, char *pids)
{
	for (char *pid = strtok(pids, " "); pid; pid = strtok(NULL, " ")) {
		maps(out, pid);
		environment(out, pid);
	}
	fprintf(out, "{\"kind\": \"end\"}\n");
}
