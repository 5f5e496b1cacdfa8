package redis

import (
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// abandonedAfter is how long after its lease a claim may still be
	// completed, as long as no other holder takes over.
	abandonedAfter = 24 * time.Hour

	// releasedFor is how long a fence is remembered after Release or Forget:
	// the next is higher even if the server's clock is set back meanwhile.
	releasedFor = time.Hour
)

// A claim's key holds one string: its state, what the state needs of the
// request's fingerprint (32 bytes) and owner (16), and its fence.
//
//	f fingerprint owner fence/life   in flight
//	d fingerprint fence              done
//	r fence                          released, or forgotten
//
// life is the time to live in milliseconds that the holder last asked for: its
// lease plus abandonedAfter. What is left of the lease is the key's time to live
// less abandonedAfter. As with the server's own expiry, it is over when the
// millisecond it ends in has passed: never early. A key that has longer to live
// than its life was there when the server's clock was set back.
//
// Each script has one key and is one round trip. No command in them is newer
// than Redis 5: Valkey and Redis Cluster run them as they are. Half of the time
// that a script takes is for getting into it, and each call and each string in
// it counts: claimScript tries first what nearly always succeeds.
//
// # A full server
//
// At maxmemory the server refuses commands that may need more memory (SET) and
// takes others (PEXPIRE). Once a script has written something, the server takes
// all of its commands, for it can't roll a script back. That holds for Redis 5, 6
// and 7 and for Valkey 8, while the script flag allow-oom needs Redis 7. So put,
// which ends claims, sets the key's expiry before it tries the SET again.

// put writes the key, on a full server too.
const put = `
local function put(value, ttl)
	if redis.pcall('SET', KEYS[1], value, 'PX', ttl).err then
		redis.call('PEXPIRE', KEYS[1], ttl)
		redis.call('SET', KEYS[1], value, 'PX', ttl)
	end
end
`

// KEYS: claim. ARGV: fingerprint and owner, life.
//
// The fence is the server's time, in seconds:microseconds, which is higher than
// those before it even when nothing is left of them. It is also higher than the
// last one that the key remembers, in case the clock was set back. Lua's
// numbers are doubles; microseconds fit them until 2255.
//
// A duplicate writes nothing, unless it finds the clock set back. A full server
// refuses the SET and still tells duplicates what they are. Any other refusal is
// the answer: a server that was demoted no longer knows what is done.
var claimScript = script(`
local now = redis.call('TIME')
local fence = now[1] .. ':' .. now[2]
local value = 'f' .. ARGV[1] .. fence .. '/' .. ARGV[2]
local set = redis.pcall('SET', KEYS[1], value, 'NX', 'PX', ARGV[2])
if set then
	if set.ok then
		return 'g' .. fence
	elseif not string.find(set.err, 'OOM ', 1, true) then
		return set
	end
end
local v = redis.call('GET', KEYS[1])
if not v then
	return set
end
local state, last, life = string.sub(v, 1, 1)
if state == 'd' then
	return string.sub(v, 1, 33)
elseif state == 'f' then
	last, life = string.match(v, '^(.*)/(%d+)$', 50)
	life = tonumber(life) or 0
	if string.sub(v, 34, 49) == string.sub(ARGV[1], 33) then
		redis.call('PEXPIRE', KEYS[1], ARGV[2])
		if life ~= tonumber(ARGV[2]) then
			redis.call('SET', KEYS[1], string.sub(v, 1, 49) .. last .. '/' .. ARGV[2], 'PX', ARGV[2])
		end
		return 'g' .. last
	end
	local left = redis.call('PTTL', KEYS[1])
	if left > life then
		redis.call('PEXPIRE', KEYS[1], life)
		left = life
	end
	if left >= ABANDONED then
		return string.sub(v, 1, 33) .. string.format('%.0f', math.min(left + 1, life) - ABANDONED)
	end
elseif state == 'r' then
	last = string.sub(v, 2)
end
local s, us = string.match(last or '', '^(%d+):(%d+)$')
if not s then
	return redis.error_reply('ERR the key holds no claim')
elseif set then
	return set
end
local higher = s * 1000000 + us + 1
if now[1] * 1000000 + now[2] < higher then
	fence = string.format('%.0f:%.0f', math.floor(higher / 1000000), higher % 1000000)
	value = 'f' .. ARGV[1] .. fence .. '/' .. ARGV[2]
end
redis.call('SET', KEYS[1], value, 'PX', ARGV[2])
return 'g' .. fence
`)

// KEYS: claim. ARGV: fence, life.
var extendScript = script(put + `
local v = redis.call('GET', KEYS[1])
if v and string.sub(v, 1, 1) == 'f' then
	local own = ARGV[1] .. '/'
	if string.sub(v, 50) == own .. ARGV[2] then
		return redis.call('PEXPIRE', KEYS[1], ARGV[2])
	elseif string.sub(v, 50, 49 + #own) == own then
		put(string.sub(v, 1, 49) .. own .. ARGV[2], ARGV[2])
		return 1
	end
end
return 0
`)

// KEYS: claim. ARGV: fence, retention.
var completeScript = script(put + `
local v = redis.call('GET', KEYS[1])
if v then
	local state = string.sub(v, 1, 1)
	if state == 'f' and string.sub(v, 50, 50 + #ARGV[1]) == ARGV[1] .. '/' then
		put('d' .. string.sub(v, 2, 33) .. ARGV[1], ARGV[2])
		return 1
	elseif state == 'd' and string.sub(v, 34) == ARGV[1] then
		return 1
	end
end
return 0
`)

// KEYS: claim. ARGV: fence, releasedFor.
var releaseScript = script(put + `
local v = redis.call('GET', KEYS[1])
if v and string.sub(v, 1, 1) == 'f' and string.sub(v, 50, 50 + #ARGV[1]) == ARGV[1] .. '/' then
	put('r' .. ARGV[1], ARGV[2])
	return 1
end
return 0
`)

// KEYS: claim. ARGV: releasedFor. It returns 2 if the claim is in flight.
var forgetScript = script(put + `
local v = redis.call('GET', KEYS[1])
local state = v and string.sub(v, 1, 1)
if state == 'd' then
	put('r' .. string.sub(v, 34), ARGV[1])
	return 1
elseif state == 'f' then
	return 2
end
return 0
`)

// KEYS: digest. ARGV: key, ttl. A full server still tells what is bound.
var bindScript = script(`
local set = redis.pcall('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2])
if set then
	if set.ok then
		return ARGV[1]
	elseif not string.find(set.err, 'OOM ', 1, true) then
		return set
	end
end
return redis.call('GET', KEYS[1]) or set
`)

// script returns the script with what it needs to know of this file.
func script(src string) *redis.Script {
	abandoned := strconv.FormatInt(millis(abandonedAfter), 10)
	return redis.NewScript(strings.ReplaceAll(src, "ABANDONED", abandoned))
}
