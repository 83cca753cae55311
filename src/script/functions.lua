-- Functions: what the text of a library finds while it is loaded, and how its functions are kept and run.
--
-- The text may define and register, and do nothing else, so for its time the global variables are others. What it leaves in
-- its local variables stays with its functions.

local native, engine, inside, loading, pending = ...

local pcall, xpcall, next, type, tostring, setmetatable = pcall, xpcall, next, type, tostring, setmetatable
local content, compile, handler, told = inside.content, inside.compile, inside.handler, native.told

-- ANCHOR: globals
-- `redis` has no more than `register_function`, `log` and the version, and there is nothing beside it.
local library = setmetatable({redis = inside.protect(setmetatable(loading, inside.metatable))}, inside.metatable)

-- The global table of all that is compiled here: what is looked up in it changes.
local view = {__index = content, __newindex = inside.refuse}
engine.globals = setmetatable({}, view)
-- ANCHOR_END: globals

-- By their names in lower case. Those of a library that is being loaded are in `pending`, where Rust puts them.
local functions = {}

-- Runs the text of a library; returns what is wrong with it, if anything.
function engine.keep(_, text)
  local define, message = compile(text, "@user_function")
  if not define then return "Error compiling function: " .. message end
  view.__index = library
  local ok, raised = pcall(define)
  view.__index = content
  if ok then return end
  raised = told(raised)
  return "Error registering functions: " .. (type(raised) == "table" and raised.err or "ERR " .. tostring(raised))
end

-- Libraries were loaded: what they have registered is kept, or forgotten. One that was stopped has not put things right.
function engine.finish(keep)
  view.__index = content
  for name, callback in next, pending do
    if keep then functions[name] = callback end
    pending[name] = nil
  end
end

function engine.drop(name)
  functions[name] = nil
end

-- xpcall gives no arguments. The call is a tail call, so that no function of ours is seen below the library's.
local called, called_keys, called_arguments

local function call()
  local callback, keys, arguments = called, called_keys, called_arguments
  called, called_keys, called_arguments = nil, nil, nil
  return callback(keys, arguments)
end

function engine.run(name, keys, arguments)
  called, called_keys, called_arguments = functions[name], keys, arguments
  return xpcall(call, handler)
end
