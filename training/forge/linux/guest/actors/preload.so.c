/* A library for LD_PRELOAD.
 *
 * Inert: it replaces no function of any program. It has one of its own, which nobody calls and which says its version.
 *
 *   VERSION  such as 2.4.1
 */
char VERSION[16] = "@VERSION@";

__attribute__((visibility("default"))) const char *library_version(void)
{
	return VERSION;
}
