#!lua name=stock

-- What the tests of clients load as functions: things in stock, which are reserved, given back and counted.

local function number(text, what)
  local value = tonumber(text)
  if not value or value < 1 or value % 1 ~= 0 then
    error({err = 'STOCK ' .. what .. ' is a whole number from 1 on'})
  end
  return value
end

local function in_stock(key)
  return tonumber(redis.call('HGET', key, 'left') or '0')
end

-- keys: what is in stock; arguments: how many come in.
local function deliver(keys, args)
  return redis.call('HINCRBY', keys[1], 'left', number(args[1], 'what comes in'))
end

-- keys: what is in stock, the list of reservations; arguments: for whom, how many. All of them, or none.
local function reserve(keys, args)
  local who, wanted = args[1], number(args[2], 'what is wanted')
  if in_stock(keys[1]) < wanted then
    return redis.error_reply('SOLDOUT ' .. in_stock(keys[1]) .. ' left')
  end
  redis.call('RPUSH', keys[2], who .. '=' .. wanted)
  return redis.call('HINCRBY', keys[1], 'left', -wanted)
end

-- keys: what is in stock, the list of reservations.
local function state(keys)
  return {in_stock(keys[1]), redis.call('LRANGE', keys[2], 0, -1)}
end

-- Says that it only reads, and writes.
local function liar(keys)
  return redis.call('DEL', keys[1])
end

redis.register_function('deliver', deliver)
redis.register_function('reserve', reserve)
redis.register_function{function_name = 'state', callback = state, flags = {'no-writes', 'allow-stale'}, description = 'what is left'}
redis.register_function{function_name = 'liar', callback = liar, flags = {'no-writes'}}
redis.register_function{function_name = 'forever', callback = function() while true do end end, flags = {'no-writes'}}
