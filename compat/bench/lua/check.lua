-- Token checks with random tokens of a file; prints what was measured as one line of JSON.
local requests = {}

function init(args)
    for token in io.lines(args[1]) do
        requests[#requests + 1] = wrk.format("GET", args[2], { ["Authorization"] = "Token " .. token })
    end
    math.randomseed(1)
end

function request()
    return requests[math.random(#requests)]
end

function done(summary, latency)
    local e = summary.errors
    print(string.format(
        '{"requests":%d,"seconds":%f,"errors":%d,"p50":%f,"p99":%f,"longest":%f}',
        summary.requests, summary.duration / 1e6, e.connect + e.read + e.write + e.status + e.timeout,
        latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000))
end
