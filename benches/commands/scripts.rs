//! The scripts that are measured, as libraries write them: what each does, and what it is given.

use std::sync::LazyLock;

/// A script, what it is called with, and its name.
pub struct Script {
    pub text: String,
    pub argument: Vec<u8>,
    pub sha: String,
}

fn script(text: &str, argument: impl Into<Vec<u8>>) -> Script {
    let sha = sha1_smol::Sha1::from(text).digest().to_string();
    Script { text: text.into(), argument: argument.into(), sha }
}

/// The script of the recipe in docs/event-store.md, as tests/clients/event_store.py has it.
pub static APPEND: LazyLock<Script> = LazyLock::new(|| {
    let source = include_str!("../../tests/clients/event_store.py");
    let text = |start: &str| {
        let script = source.split_once(start).and_then(|(_, rest)| rest.split_once("\"\"\""));
        script.unwrap_or_else(|| panic!("event_store.py has no {start}")).0
    };
    script(&[text("\nVERSION = \"\"\""), text("\nAPPEND = VERSION + \"\"\"")].concat(), "")
});

const CJSON: &str = "return cjson.encode(cjson.decode(ARGV[1]))";

/// An object of ten values.
pub static CJSON_10: LazyLock<Script> = LazyLock::new(|| script(CJSON, order(1)));

/// An array of twenty such objects.
pub static CJSON_200: LazyLock<Script> = LazyLock::new(|| {
    let orders: Vec<String> = (1..=20).map(order).collect();
    script(CJSON, format!("[{}]", orders.join(",")))
});

/// An array of whole numbers and others.
pub static CJSON_2000: LazyLock<Script> = LazyLock::new(|| {
    let number =
        |n: u32| if n.is_multiple_of(2) { n.to_string() } else { format!("{}.{:02}", n * 7, n % 100) };
    let numbers: Vec<String> = (1..=2000).map(number).collect();
    script(CJSON, format!("[{}]", numbers.join(",")))
});

/// An order of ten values, packed, unpacked and packed again.
pub static CMSGPACK: LazyLock<Script> = LazyLock::new(|| {
    script(
        "local order = {id = 7, customer = 'customer-7', paid = true, total = 149.95, items = {1, 2, 3},
                        note = ARGV[1], currency = 'EUR', open = false}
         return cmsgpack.pack(cmsgpack.unpack(cmsgpack.pack(order)))",
        "deliver after 18:00",
    )
});

/// Twenty operations, as a hash or a bitmap of flags needs them.
pub static BIT: LazyLock<Script> = LazyLock::new(|| {
    script(
        "local h = tonumber(ARGV[1])
         for _ = 1, 4 do
           h = bit.bxor(h, bit.rshift(h, 16))
           h = bit.bor(bit.band(bit.lshift(h, 5), 0xffffff), 1)
         end
         return h",
        "123456789",
    )
});

/// Ten rows of a name, a number and a list.
pub static NESTED: LazyLock<Script> = LazyLock::new(|| {
    script(
        "local rows = {}
         for n = 1, 10 do rows[n] = {'row', n, {ARGV[1], n * 2, 'open'}} end
         return rows",
        "customer-7",
    )
});

/// A hash of twenty fields, by its names.
pub static HGETALL: LazyLock<Script> = LazyLock::new(|| {
    script(
        "local flat, hash = redis.call('HGETALL', KEYS[1]), {}
         for n = 1, #flat, 2 do hash[flat[n]] = flat[n + 1] end
         return hash[ARGV[1]]",
        "field:7",
    )
});

/// An order as JSON: ten values.
fn order(n: u32) -> String {
    [
        format!(r#"{{"id":{n},"customer":"customer-{n}","paid":true,"total":{n}49.95,"items":[{n},2,3],"#),
        r#""note":"deliver after 18:00","currency":"EUR","open":null}"#.into(),
    ]
    .concat()
}
