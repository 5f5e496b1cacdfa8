-- Sends what is in a file: requests of equal length, one after the other. When
-- the file has ended, so does wrk: its thread stops, and its main thread, which
-- sleeps meanwhile, is interrupted. A connection that asks for more until then
-- gets the last one again.
local ffi = require("ffi")
ffi.cdef("int getpid(void); int kill(int pid, int sig);")

local file, length, last

function init(args)
  file = assert(io.open(args[1], "rb"))
  length = assert(tonumber(args[2]))
end

function request()
  local r = file and file:read(length)
  if r then
    last = r
  elseif file then
    file = nil
    wrk.thread:stop()
    ffi.C.kill(ffi.C.getpid(), 2)
  end
  return last
end

function done(summary, latency)
  local e = summary.errors
  io.stdout:write(string.format("\nresult %d %d %d %d\n",
    summary.requests, summary.duration, e.status + e.connect + e.read + e.write + e.timeout,
    latency:percentile(99)))
end
