package redis

import (
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// abandonedAfter is how long after its lease a claim may still be
	// completed if nobody takes over.
	abandonedAfter = 24 * time.Hour

	// releasedFor is how long a fence is remembered after its release: the
	// next is higher even if the server's clock is put back meanwhile.
	releasedFor = time.Hour
)

// A claim's key holds one string: its state, what the state needs of the
// request's fingerprint (32 bytes) and owner (16), and its fence.
//
//	f fingerprint owner fence   in flight
//	d fingerprint fence         done
//	r fence                     released
//
// What is left of a lease is the key's time to live less abandonedAfter. As
// with the server's own expiry, it is over when the millisecond it ends in has
// passed: never early.
//
// Each script has one key and is one round trip. No command in them is newer
// than Redis 5: Valkey and Redis Cluster run them as they are. Half of the time
// that a script takes is for getting into it, and each call and each string in
// it counts: claimScript tries first what nearly always succeeds.

// KEYS: claim. ARGV: fingerprint and owner, lease + abandonedAfter.
//
// The fence is the server's time, in seconds:microseconds, which is higher than
// those before it even when nothing is left of them. It is also higher than the
// last one that the key remembers, in case the clock was put back. Lua's
// numbers are doubles; microseconds fit them until 2255.
var claimScript = script(`
local now = redis.call('TIME')
local fence = now[1] .. ':' .. now[2]
if redis.call('SET', KEYS[1], 'f' .. ARGV[1] .. fence, 'NX', 'PX', ARGV[2]) then
	return 'g' .. fence
end
local v = redis.call('GET', KEYS[1])
local state, last = string.sub(v, 1, 1)
if state == 'd' then
	return string.sub(v, 1, 33)
elseif state == 'f' then
	last = string.sub(v, 50)
	if string.sub(v, 34, 49) == string.sub(ARGV[1], 33) then
		redis.call('PEXPIRE', KEYS[1], ARGV[2])
		return 'g' .. last
	end
	local left = redis.call('PTTL', KEYS[1]) - ABANDONED
	if left >= 0 then
		return string.sub(v, 1, 33) .. string.format('%.0f', left + 1)
	end
elseif state == 'r' then
	last = string.sub(v, 2)
end
local s, us = string.match(last or '', '^(%d+):(%d+)$')
if not s then
	return redis.error_reply('ERR the key holds no claim')
end
local higher = s * 1000000 + us + 1
if now[1] * 1000000 + now[2] < higher then
	fence = string.format('%.0f:%.0f', math.floor(higher / 1000000), higher % 1000000)
end
redis.call('SET', KEYS[1], 'f' .. ARGV[1] .. fence, 'PX', ARGV[2])
return 'g' .. fence
`)

// KEYS: claim. ARGV: fence, lease + abandonedAfter.
var extendScript = script(`
local v = redis.call('GET', KEYS[1])
if v and string.sub(v, 1, 1) == 'f' and string.sub(v, 50) == ARGV[1] then
	return redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 0
`)

// KEYS: claim. ARGV: fence, retention.
var completeScript = script(`
local v = redis.call('GET', KEYS[1])
if v then
	local state = string.sub(v, 1, 1)
	if state == 'f' and string.sub(v, 50) == ARGV[1] then
		redis.call('SET', KEYS[1], 'd' .. string.sub(v, 2, 33) .. ARGV[1], 'PX', ARGV[2])
		return 1
	elseif state == 'd' and string.sub(v, 34) == ARGV[1] then
		return 1
	end
end
return 0
`)

// KEYS: claim. ARGV: fence, releasedFor.
var releaseScript = script(`
local v = redis.call('GET', KEYS[1])
if v and string.sub(v, 1, 1) == 'f' and string.sub(v, 50) == ARGV[1] then
	redis.call('SET', KEYS[1], 'r' .. ARGV[1], 'PX', ARGV[2])
	return 1
end
return 0
`)

// KEYS: seal. ARGV: key, ttl.
var bindScript = script(`
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
	return ARGV[1]
end
return redis.call('GET', KEYS[1])
`)

// script returns the script with what it needs to know of this file.
func script(src string) *redis.Script {
	abandoned := strconv.FormatInt(millis(abandonedAfter), 10)
	return redis.NewScript(strings.ReplaceAll(src, "ABANDONED", abandoned))
}
