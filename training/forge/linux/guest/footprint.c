/* The footprint: what was done at the console since arrival, and what it changed. It counts processes that were started there, and
 * their children, however far they went; files that they opened, wrote, made and removed; connections that they began; and of the
 * processes that were there before, those that ended. The memory that it takes has a bound: what is too much is counted only.
 */
#define _GNU_SOURCE
#include "footprint.h"
#include "range_peer.h"

void tell_moment(FILE *out, const char *key, const struct timespec *at)
{
	fprintf(out, ", \"%s\": %lld.%09ld", key, (long long)at->tv_sec, at->tv_nsec);
}

const char *begin_footprint(void)
{
	if (begin_processes() || begin_files() || begin_sockets())
		return "the kernel tells nothing of what is done";
	return NULL;
}

void tell_lived(FILE *out)
{
	if (!lives())
		return;
	fprintf(out, "{\"kind\": \"arrival\"");
	tell_moment(out, "seconds", &arrival);
	fprintf(out, "}\n");
	drain_processes();
	tell_processes(out);
}

void tell_footprint(FILE *out)
{
	tell_lived(out);
	if (lives()) {
		tell_files(out);
		tell_sockets(out);
	}
	fprintf(out, "{\"kind\": \"end\"}\n");
}
