-- Asks drf-auth about each request, in Apache's access checker.
--
-- Only Authorization goes there. A 200 writes the identity headers; 401, 403 and 503 are the client's answer, DRF's JSON
-- in it, and no answer at all is 503.

local socket = require("socket")

local HOST, PORT = "127.0.0.1", 8001
local TIMEOUT = 5
-- Each is written on every request, empty where drf-auth does not say it: none is ever a client's own.
local IDENTITY = {
    "X-Auth-User-Id", "X-Auth-Username", "X-Auth-Email", "X-Auth-Staff", "X-Auth-Superuser", "X-Auth-Groups",
}

local AWAY = '{"detail":"Service temporarily unavailable, try again later."}'

local connection

-- One request and its answer: status, headers and body, or nothing.
local function exchange(request)
    if not connection then
        connection = socket.tcp()
        connection:settimeout(TIMEOUT)
        if not connection:connect(HOST, PORT) then return nil end
        connection:setoption("tcp-nodelay", true)
    end
    if not connection:send(request) then return nil end
    local line = connection:receive("*l")
    local status = line and tonumber(line:match("^HTTP/1%.1 (%d%d%d)"))
    if not status then return nil end
    local headers = {}
    while true do
        line = connection:receive("*l")
        if not line then return nil end
        if line == "" then break end
        local name, value = line:match("^([^:]+):%s*(.-)%s*$")
        if name then headers[name:lower()] = value end
    end
    local length = tonumber(headers["content-length"])
    local body = length and (length == 0 and "" or connection:receive(length))
    if not body then return nil end
    if (headers["connection"] or ""):lower() == "close" then
        connection:close()
        connection = nil
    end
    return status, headers, body
end

local function close()
    if connection then connection:close() end
    connection = nil
end

local function check(r, path)
    -- Names with anything but letters, digits and dashes: backends take them for others.
    local aliases = {}
    for name in pairs(r:headers_in_table()) do
        if not name:match("^[%w-]+$") then aliases[#aliases + 1] = name end
    end
    for _, name in ipairs(aliases) do r.headers_in[name] = nil end
    -- One that is named there would be removed again on the way on.
    local hops = (r.headers_in["Connection"] or ""):lower()
    for _, name in ipairs(IDENTITY) do
        r.headers_in[name] = nil
        if hops:find(name:lower(), 1, true) then return 400 end
    end

    -- Two are refused by drf-auth, as by Django: Apache has joined them.
    local authorization = r.headers_in["Authorization"]
    local request = "GET " .. path .. " HTTP/1.1\r\nHost: drf-auth\r\n"
    if authorization then request = request .. "Authorization: " .. authorization .. "\r\n" end
    local status, headers, body = exchange(request .. "\r\n")
    if not status then
        -- A connection that was kept may have been closed meanwhile.
        close()
        status, headers, body = exchange(request .. "\r\n")
    end
    if status == 200 then
        for _, name in ipairs(IDENTITY) do r.headers_in[name] = headers[name:lower()] or "" end
        return apache2.OK
    end
    if status == 401 then
        r.err_headers_out["WWW-Authenticate"] = headers["www-authenticate"]
    elseif status ~= 403 then
        close()
        r.err_headers_out["Retry-After"] = headers and headers["retry-after"] or "1"
        status, body = 503, AWAY
    end
    r.status = status
    r.content_type = "application/json"
    r:write(body)
    return apache2.DONE
end

function verify(r) return check(r, "/verify/") end

function verify_staff(r) return check(r, "/verify-staff/") end
