-- Token checks with random tokens of a file; prints what was measured as one line of JSON.
local requests = {}

function init(args)
    for token in io.lines(args[1]) do
        requests[#requests + 1] = wrk.format("GET", args[2], { ["Authorization"] = "Token " .. token })
    end
    math.randomseed(1)
    -- With a mean pause in milliseconds: Poisson arrivals, a connection's next after its last was answered.
    local pause = tonumber(args[3])
    if pause > 0 then
        function delay()
            return math.floor(-pause * math.log(1 - math.random()) + 0.5)
        end
    end
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
