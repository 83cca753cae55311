-- What a script finds when it begins. Lua 5.1 has no tables that cannot be changed, so what all scripts share lies
-- behind empty tables that only look like it: reading goes through, writing is refused, and the functions that would
-- see or change the empty table itself (pairs, next, rawget, rawset, table.insert ...) are told where to look.
--
-- The functions of Rust's are in `native`, the libraries of Rust's in `libraries`; the result is what the engine calls.

local native, libraries = ...

local error, pcall, xpcall, select, type, tostring = error, pcall, xpcall, select, type, tostring
local getmetatable, setmetatable, rawget, rawset = getmetatable, setmetatable, rawget, rawset
local next, pairs, unpack, load, loadstring, collectgarbage = next, pairs, unpack, load, loadstring, collectgarbage
local insert, remove, concat, sort, foreach = table.insert, table.remove, table.concat, table.sort, table.foreach
local rep, match, gsub, sub = string.rep, string.match, string.gsub, string.sub
local floor, min = math.floor, math.min
local create, resume, wrap, yield = coroutine.create, coroutine.resume, coroutine.wrap, coroutine.yield
local caught, tick, long, gmatch_step = native.caught, native.tick, native.long, native.gmatch_step

-- No table that is longer is walked without a look at the clock.
local LONG = 2 ^ 25
-- Nor is a text that is longer compiled: each of these pieces is preceded by one.
local PIECE = 2 ^ 12

-- Calls one of Lua's own functions whose arguments may be wrong. Its error is to name the script's line and the
-- function's name, not this one's.
local function judge(name, call, ...)
  local results = {pcall(call, ...)}
  if results[1] then return unpack(results, 2, table.maxn(results)) end
  local message = caught(results[2])
  error(type(message) == "string" and gsub(message, "'%?'", "'" .. name .. "'") or message, 3)
end

-- Shared tables.
local behind = {}  -- what is behind each empty table
local shown = {}   -- the metatables that scripts may see

-- ANCHOR: protect
local function refuse()
  error("Attempt to modify a readonly table", 2)
end

local function protect(content)
  local front = setmetatable({}, {__index = content, __newindex = refuse})
  behind[front] = content
  return front
end
-- ANCHOR_END: protect

-- The base library. `select('#', ...)` tells nil from nothing.
local base = {
  assert = assert, error = error, gcinfo = gcinfo, ipairs = ipairs, rawequal = rawequal, select = select,
  tonumber = tonumber, tostring = tostring, type = type, _VERSION = _VERSION,
}

local function outcome(ok, ...)
  if ok then return true, ... end
  return false, caught((...))
end

-- Redis's own pcall: of an error that is a table, a script sees the text.
local function plain_outcome(ok, ...)
  if ok then return true, ... end
  local message = caught((...))
  if type(message) == "table" then
    local text = message.err
    if type(text) == "string" or type(text) == "number" then message = text end
  end
  return false, message
end

function base.pcall(...)
  if select("#", ...) == 0 then judge("pcall", pcall) end
  return plain_outcome(pcall(...))
end

function base.xpcall(...)
  local call, handler = ...
  if select("#", ...) < 2 then judge("xpcall", xpcall, ...) end
  return outcome(xpcall(call, function(message) return handler(caught(message)) end))
end

function base.getmetatable(...)
  local object = ...
  if object == nil and select("#", ...) == 0 then judge("getmetatable", getmetatable) end
  if behind[object] then return shown[object] end
  if type(object) == "string" then return shown.string end
  return getmetatable(object)
end

function base.setmetatable(...)
  local object, metatable = ...
  if behind[object] then error("Attempt to modify a readonly table", 0) end
  if type(object) ~= "table" or type(metatable) ~= "table" or getmetatable(object) ~= nil then
    return judge("setmetatable", setmetatable, ...)
  end
  return setmetatable(object, metatable)
end

function base.rawget(...)
  local object, key = ...
  if type(object) ~= "table" or select("#", ...) < 2 then return judge("rawget", rawget, ...) end
  return rawget(behind[object] or object, key)
end

function base.rawset(...)
  local object, key, value = ...
  if behind[object] then error("Attempt to modify a readonly table", 0) end
  if type(object) ~= "table" or select("#", ...) < 3 then return judge("rawset", rawset, ...) end
  return rawset(object, key, value)
end

function base.next(...)
  local object, key = ...
  if type(object) ~= "table" then judge("next", next, ...) end
  return next(behind[object] or object, key)
end

function base.pairs(...)
  local object = ...
  if type(object) ~= "table" then judge("pairs", pairs, ...) end
  if behind[object] then return base.next, object, nil end
  return next, object, nil
end

-- As many values as fit on Lua's stack, beside the arguments.
function base.unpack(...)
  local object, first, last = ...
  if type(object) ~= "table" or first ~= nil or last ~= nil then
    if type(object) ~= "table" then judge("unpack", unpack, ...) end
    if first ~= nil and not tonumber(first) then judge("unpack", unpack, object, first, 0) end
    if last ~= nil and not tonumber(last) then judge("unpack", unpack, object, 1, last) end
  end
  local given = last ~= nil and 3 or first ~= nil and 2 or 1
  first, last = tonumber(first) or 1, tonumber(last) or #object
  if first > last then return end
  if not (last - first < native.stack - given) then error("too many results to unpack", 2) end
  if given == 1 then return unpack(object) end
  if given == 2 then return unpack(object, first) end
  return unpack(object, first, last)
end

-- Text only: what begins like a compiled program is read as text too, and fails. A name is cut at its NUL, since Lua
-- would keep the cut one where its collector does not look.
-- ANCHOR: compile
local function compile(text, name)
  if string.byte(text) == 27 then text = " " .. text end
  name = match(name, "^[^%z]*")
  if #text <= PIECE then return loadstring(text, name) end
  local place = 1
  local script, message = load(function()
    tick()
    place = place + PIECE
    return sub(text, place - PIECE, place - 1)
  end, name)
  -- If it was a look at the clock that ended this, the next one ends the caller.
  if not script then tick() end
  return script, message
end
-- ANCHOR_END: compile

function base.loadstring(...)
  local text, name = ...
  if type(text) == "number" then text = tostring(text) end
  if type(text) ~= "string" or (name ~= nil and type(name) ~= "string") then
    return judge("loadstring", loadstring, ...)
  end
  return compile(text, name or text)
end

function base.load(...)
  local reader, name = ...
  if type(reader) ~= "function" or (name ~= nil and type(name) ~= "string") then return judge("load", load, ...) end
  local pieces = {}
  while true do
    local ok, piece = pcall(reader)
    if not ok then return nil, caught(piece) end
    if piece == nil or piece == "" then break end
    if type(piece) ~= "string" and type(piece) ~= "number" then return nil, "reader function must return a string" end
    pieces[#pieces + 1] = piece
  end
  return compile(concat(pieces), name or "=(load)")
end

-- How the collector works is not for one script to say for the others.
function base.collectgarbage(...)
  local option = ...
  if option == "stop" or option == "restart" then return 0 end
  if option == "setpause" or option == "setstepmul" then return 200 end
  tick()
  return judge("collectgarbage", collectgarbage, ...)
end

-- Libraries of Lua's own, with what must be different.
local function copy(library)
  local result = {}
  foreach(library, function(name, value) result[name] = value end)
  return result
end

local tables = copy(table)

function tables.insert(...)
  local object, place = ...
  local arguments = select("#", ...)
  if behind[object] then error("Attempt to modify a readonly table", 0) end
  if type(object) == "table" and arguments == 2 then
    if #object < LONG then return insert(...) end
    error("table too long", 2)
  end
  if type(object) == "table" and type(place) == "number" and arguments == 3 then
    if #object - place < LONG then return insert(...) end
    error("table too long", 2)
  end
  return judge("insert", insert, ...)
end

function tables.remove(...)
  local object = ...
  if type(object) == "table" and #object > LONG then error("table too long", 2) end
  if type(object) == "table" and select("#", ...) == 1 then return remove(object) end
  return judge("remove", remove, ...)
end

-- As concat, with a look at the clock before each piece.
local function concat_in_pieces(object, separator, first, last)
  local pieces = {}
  for start = first, last, PIECE do
    tick()
    local ok, piece = pcall(concat, object, separator, start, min(start + PIECE - 1, last))
    if not ok then error(piece, 0) end
    pieces[#pieces + 1] = piece
  end
  return concat(pieces, separator)
end

function tables.concat(...)
  local object, separator, first, last = ...
  if type(object) == "table" and #object > 2 ^ 16 then
    first, last = tonumber(first or 1), tonumber(last or #object)
    if first and last and last - first > PIECE then
      return judge("concat", concat_in_pieces, object, separator, floor(first), floor(last))
    end
  end
  local ok, text = pcall(concat, ...)
  if not ok then return judge("concat", concat, ...) end
  if #text > 2 ^ 20 then long(text) end
  return text
end

-- A long table is sorted by a function of Lua's, so that the clock is looked at meanwhile; and one of long strings, which
-- may be the same one again and again: to compare it with itself takes as long as it is.
function tables.sort(...)
  local object, less = ...
  if type(object) == "table" and less == nil then
    local length, one = #object, object[1]
    if length > 2 ^ 16 then return sort(object, function(one, other) return one < other end) end
    if length > 1 and type(one) == "string" then
      for place = 1, length do
        one = rawget(object, place)
        if type(one) == "string" and #one > 2 ^ 10 then
          return sort(object, function(one, other) return one < other end)
        end
      end
    end
  end
  local ok, message = pcall(sort, ...)
  if ok then return end
  message = caught(message)
  -- What sort itself says is to name the script's line; what the comparison says is told as it is.
  local own = type(message) == "string" and match(message, "^bad argument") or message == "invalid order function for sorting"
  error(own and gsub(message, "'%?'", "'sort'") or message, own and 2 or 0)
end

function tables.foreach(...)
  local object, call = ...
  if behind[object] and type(call) == "function" then return foreach(behind[object], call) end
  return judge("foreach", foreach, ...)
end

local strings = libraries.string

function strings.rep(...)
  local text, times = ...
  if type(text) == "string" and type(times) == "number" then
    if text == "" or times < 1 then return "" end
    local text = rep(text, times)
    if #text > 2 ^ 20 then long(text) end
    return text
  end
  return judge("rep", rep, ...)
end

-- Of a long string these take long: the clock is looked at.
for _, name in ipairs({"lower", "reverse", "upper"}) do
  local call = strings[name]
  strings[name] = function(...)
    local text = ...
    if type(text) ~= "string" then return judge(name, call, ...) end
    if #text > 2 ^ 16 then tick() end
    return call(text)
  end
end

function strings.gmatch(...)
  local text, pattern = ...
  if type(text) ~= "string" or type(pattern) ~= "string" then
    judge("gmatch", native.gmatch_check, ...)
    text, pattern = tostring(text), tostring(pattern)
  end
  local place = 0
  local function advance(following, ...)
    place = following
    return ...
  end
  return function()
    if place then return advance(gmatch_step(text, pattern, place)) end
  end
end

strings.gfind = strings.gmatch

-- A coroutine has a count of instructions of its own, which begins anew: a script of many short ones would never look at
-- the clock.
local coroutines = copy(coroutine)
local made = 0

local function begin(call)
  made = made + 1
  if made % 64 == 0 then tick() end
  return function(...)
    if native.often then native.enter() end
    return call(...)
  end
end

function coroutines.create(...)
  local call = ...
  if type(call) ~= "function" then return judge("create", create, ...) end
  return create(begin(call))
end

function coroutines.wrap(...)
  local call = ...
  if type(call) ~= "function" then return judge("wrap", wrap, ...) end
  return wrap(begin(call))
end

local function go_on(...)
  if native.often then native.enter() end
  return ...
end

function coroutines.yield(...)
  return go_on(yield(...))
end

function coroutines.resume(...)
  if type((...)) ~= "thread" then judge("resume", resume, ...) end
  return outcome(resume(...))
end

-- All of it, behind fronts.
local content = copy(base)
content.string, content.table, content.coroutine = protect(strings), protect(tables), protect(coroutines)
content.math, content.os = protect(libraries.math), protect({clock = os.clock})
content.cjson, content.cmsgpack = protect(libraries.cjson), protect(libraries.cmsgpack)
content.bit, content.struct, content.redis =
  protect(libraries.bit), protect(libraries.struct), protect(libraries.redis)

local globals = protect(content)
content._G = globals
local metatable = {
  __index = function(_, name)
    error("Script attempted to access nonexistent global variable '" .. tostring(name) .. "'", 2)
  end,
}
setmetatable(content, metatable)
shown[globals] = protect(metatable)
getmetatable("").__index = strings
shown.string = protect({__index = content.string})

-- Tells where an error came from: Redis appends it to the message.
local function placed(message)
  if type(message) ~= "table" then message = {err = "ERR " .. tostring(message)} end
  local source, line = native.where()
  if source then message.source, message.line = source, line end
  return message
end

-- The engine's own must not fail, or Lua would call it for its own error, again and again.
local function handler(message)
  return placed(native.told(message))
end

-- What the engine calls, which what runs in it adds to: `scripts.lua`, `functions.lua`.
local engine = {globals = globals, next = next, pcall = pcall, behind = behind}

function engine.index(object, key)
  return object[key]
end

local inside = {
  content = content, metatable = metatable, handler = handler, placed = placed,
  compile = compile, protect = protect, refuse = refuse,
}

return engine, inside
