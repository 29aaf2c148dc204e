//! `float`: how Python writes one.

/// `repr(float)`, which is also its `str()` (CPython 3.10 to 3.13).
///
/// The digits are the fewest that give the same number back; an exponent is written from 1e16 on
/// and below 1e-4.
pub fn repr(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let exponential = shortest(number);
    let (mantissa, exponent) = exponential.split_once('e').unwrap_or((&exponential, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if !(-4..16).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs());
    }
    let decimals = mantissa.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let decimals = i32::try_from(decimals).unwrap_or_default() - exponent;
    format!("{number:.*}", usize::try_from(decimals).unwrap_or_default().max(1))
}

/// The fewest digits, with an exponent. Of two such texts that are equally near Python takes the
/// one whose last digit is even, and Rust the upper one.
fn shortest(number: f64) -> String {
    let text = format!("{number:e}");
    let places = text.find('e').unwrap_or_default().saturating_sub(text.find('.').unwrap_or(1024));
    let even = format!("{number:.*e}", places.saturating_sub(1));
    if even.parse() == Ok(number) { even } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_python_writes_them() {
        for (number, python) in [
            (1.0, "1.0"),
            (-0.0, "-0.0"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e15, "1000000000000000.0"),
            (9_007_199_254_740_993.0, "9007199254740992.0"),
            (9_999_999_999_999_998.0, "9999999999999998.0"),
            (919_488_183_607_613.0 + 0.25, "919488183607613.2"),
            (1e16, "1e+16"),
            (1.5e16, "1.5e+16"),
            (1e100, "1e+100"),
            (0.0001, "0.0001"),
            (0.000_01, "1e-05"),
            (1.25e-7, "1.25e-07"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
        ] {
            assert_eq!(repr(number), python);
        }
    }
}
