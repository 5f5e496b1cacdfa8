// A clock for one server: LD_PRELOAD puts these functions before the C
// library's. What they add to the time stands in a file that the test writes
// and every process of the server maps. They allocate nothing, for memory
// allocators call them, too.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const long second = 1000 * 1000 * 1000;
static const long long *step; // in nanoseconds

__attribute__((constructor)) static void map_step(void)
{
	const char *path = getenv("TESTSERVER_CLOCK");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0)
		return;
	void *p = mmap(NULL, sizeof *step, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (p != MAP_FAILED)
		step = p;
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
	int err = syscall(SYS_clock_gettime, id, ts);
	if (err || !step || (id != CLOCK_REALTIME && id != CLOCK_REALTIME_COARSE))
		return err;
	long long by = __atomic_load_n(step, __ATOMIC_ACQUIRE);
	ts->tv_sec += by / second;
	ts->tv_nsec += by % second;
	if (ts->tv_nsec < 0) {
		ts->tv_nsec += second;
		ts->tv_sec--;
	} else if (ts->tv_nsec >= second) {
		ts->tv_nsec -= second;
		ts->tv_sec++;
	}
	return 0;
}

int gettimeofday(struct timeval *restrict tv, void *restrict tz)
{
	struct timespec ts;
	(void)tz;
	if (clock_gettime(CLOCK_REALTIME, &ts))
		return -1;
	tv->tv_sec = ts.tv_sec;
	tv->tv_usec = ts.tv_nsec / 1000;
	return 0;
}

time_t time(time_t *t)
{
	struct timespec ts;
	if (clock_gettime(CLOCK_REALTIME, &ts))
		return -1;
	if (t)
		*t = ts.tv_sec;
	return ts.tv_sec;
}
