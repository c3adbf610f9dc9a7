-- wrk: random ranges. Arguments: bytes of a range, bytes of the file, then the paths to read, in turn.
-- The requests are made before the run. A response() in Lua would cost more than the server needs for an answer; done() therefore checks statuses
-- and lengths by wrk's own sums, which test/bench/wrk.ts judges.
local COUNT = 4096
local requests = {}
local at = 0

function init(args)
  local size, length = tonumber(args[1]), tonumber(args[2])
  math.randomseed(15)
  for i = 1, COUNT do
    local from = math.random(0, length - size)
    local path = args[3 + (i - 1) % (#args - 2)]
    requests[i] = wrk.format("GET", path, { Range = string.format("bytes=%.0f-%.0f", from, from + size - 1) })
  end
end

function request()
  at = at % COUNT + 1
  return requests[at]
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '{"requests":%d,"bytes":%.0f,"seconds":%.6f,"statuses":%d,"failures":%d,"p50Ms":%.3f,"p99Ms":%.3f}\n',
    summary.requests, summary.bytes, summary.duration / 1e6, e.status, e.connect + e.read + e.write + e.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
