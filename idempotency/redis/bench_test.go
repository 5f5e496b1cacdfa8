package redis_test

import (
	"context"
	"encoding/binary"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/redis"
	"github.com/hooklatch/hooklatch/internal/testserver"
)

const workers = 64

// BenchmarkPair compares a claim and its completion with the least that two
// writes of the same length cost: SET and SET through the same client (bare),
// and two scripts that do nothing but such a SET (script). Each pair has a key
// of its own. The ratios are to bare, taken in turns, so that what else the
// machine does comes upon both.
func BenchmarkPair(b *testing.B) {
	for name, o := range map[string]testserver.RedisOptions{
		"memory": {}, "aof=always": {AOF: true},
	} {
		b.Run(name, func(b *testing.B) {
			client := goredis.NewClient(&goredis.Options{
				Addr: testserver.Redis(b, &o).Addr, ContextTimeoutEnabled: true, PoolSize: workers,
			})
			defer client.Close()
			p := pairs{client, redis.New(client, "test", nil), new(atomic.Uint64)}
			p.run(b, workers, p.bare) // opens the connections
			b.Run("v=bare", func(b *testing.B) { p.run(b, b.N, p.bare) })
			b.Run("v=script", func(b *testing.B) { p.compare(b, p.script) })
			b.Run("v=hooklatch", func(b *testing.B) { p.compare(b, p.hooklatch) })
		})
	}
}

// compare makes b.N pairs, and as many bare ones with the clock stopped.
func (p pairs) compare(b *testing.B, pair func(context.Context, idempotency.Key) error) {
	const turn = 2000
	var bare, own time.Duration
	p.run(b, workers, pair) // loads the scripts
	b.ResetTimer()
	for left := b.N; left > 0; left -= turn {
		n := min(left, turn)
		b.StopTimer()
		bare += p.run(b, n, p.bare)
		b.StartTimer()
		own += p.run(b, n, pair)
	}
	b.ReportMetric(bare.Seconds()/own.Seconds(), "ratio")
}

type pairs struct {
	client *goredis.Client
	store  *redis.Store
	next   *atomic.Uint64
}

// run makes n pairs and returns how long they took.
func (p pairs) run(b *testing.B, n int, pair func(context.Context, idempotency.Key) error) time.Duration {
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	var left atomic.Int64
	left.Store(int64(n))
	start := time.Now()
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				var k idempotency.Key
				binary.BigEndian.PutUint64(k[:], p.next.Add(1))
				if err := pair(ctx, k); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return time.Since(start)
}

func (p pairs) bare(ctx context.Context, k idempotency.Key) error {
	name, value := "hooklatch:claim:"+k.String(), make([]byte, 66)
	if err := p.client.Set(ctx, name, value, time.Minute).Err(); err != nil {
		return err
	}
	return p.client.Set(ctx, name, value[:50], time.Minute).Err()
}

var setScript = goredis.NewScript(`
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`)

func (p pairs) script(ctx context.Context, k idempotency.Key) error {
	keys, value := []string{"hooklatch:claim:" + k.String()}, make([]byte, 66)
	if err := setScript.Run(ctx, p.client, keys, value, 60_000).Err(); err != nil {
		return err
	}
	return setScript.Run(ctx, p.client, keys, value[:50], 60_000).Err()
}

func (p pairs) hooklatch(ctx context.Context, k idempotency.Key) error {
	c, err := p.store.Claim(ctx, request(k, 1, 15*time.Second))
	if err != nil {
		return err
	}
	return p.store.Complete(ctx, k, c.Fence, time.Minute)
}
