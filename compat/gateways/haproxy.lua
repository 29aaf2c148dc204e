-- Asks drf-auth about each request: http-request lua.drf_auth /verify/
--
-- Only Authorization goes there. A 200 writes the identity headers, and txn.drf_auth, without which haproxy.cfg denies
-- the request; anything else is the client's answer, and no answer at all is 503.

local DRF_AUTH = "http://127.0.0.1:8001"
local TIMEOUT = 5000
local IDENTITY = {
    "x-auth-user-id", "x-auth-username", "x-auth-email", "x-auth-staff", "x-auth-superuser", "x-auth-groups",
}
local ANSWER = { "content-type", "www-authenticate", "retry-after" }
local AWAY = '{"detail":"Service temporarily unavailable, try again later."}'

-- HAProxy counts the values of a header from 0.
local function all(values)
    local list = {}
    if values then
        for at = 0, #values do list[#list + 1] = values[at] end
    end
    return list
end

local function refuse(txn, status, headers, body)
    local reply = txn:reply({ status = status, body = body })
    for name, value in pairs(headers) do reply:add_header(name, value) end
    reply:add_header("cache-control", "no-store")
    txn:done(reply)
end

core.register_action("drf_auth", { "http-req" }, function(txn, path)
    local asked = { host = { "drf-auth" } }
    local authorization = all(txn.http:req_get_headers()["authorization"])
    -- Two are refused by drf-auth, as by Django.
    if #authorization > 0 then asked.authorization = authorization end
    local client = core.httpclient()
    local ok, answer = pcall(client.get, client, { url = DRF_AUTH .. path, headers = asked, timeout = TIMEOUT })
    if not ok or not answer or not answer.status or answer.status == 0 then
        return refuse(txn, 503, { ["content-type"] = "application/json", ["retry-after"] = "1" }, AWAY)
    end
    local headers = answer.headers or {}
    if answer.status ~= 200 then
        local told = {}
        for _, name in ipairs(ANSWER) do
            if headers[name] then told[name] = headers[name][0] end
        end
        return refuse(txn, answer.status, told, answer.body)
    end
    for _, name in ipairs(IDENTITY) do
        txn.http:req_del_header(name)
        if headers[name] then txn.http:req_add_header(name, headers[name][0] or "") end
    end
    txn:set_var("txn.drf_auth", true)
end, 1)
