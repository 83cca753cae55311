-- Scripts: what EVAL finds besides what all find, and how its texts are kept and run.

local native, engine, inside = ...

local xpcall, caught = xpcall, native.caught
local content, handler, placed = inside.content, inside.handler, inside.placed

function content.__redis__err__handler(message)
  return placed(caught(message))
end

-- They are kept here and not in Rust, which can hold only some thousands of functions.
local scripts = {}

-- Compiles a text and keeps it by its name; returns what is wrong with it, if anything.
function engine.keep(name, text)
  local script, message = inside.compile(text, "@user_script")
  scripts[name] = script
  return message
end

function engine.drop(name)
  scripts[name] = nil
end

function engine.run(name, keys, arguments)
  content.KEYS, content.ARGV = keys, arguments
  return xpcall(scripts[name], handler)
end
