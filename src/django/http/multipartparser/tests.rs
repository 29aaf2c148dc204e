//! Expected values: `MultiPartParser` of Django 4.2, 5.2 and 6.1.

use super::*;
use crate::python::Version;

fn parse_as(django: Release, body: &[u8], chunk: usize, limits: &Limits) -> String {
    let platform = Platform::new(django, Version::new(12));
    let stream = BodyStream::new(body, chunk);
    let content_type = "multipart/form-data; boundary=X";
    let result = parse_in_chunks(content_type, stream, Codec::UTF_8, limits, platform);
    let data = match result.map(QueryDict::into_value) {
        Ok(Value::Dict(members)) => members,
        Ok(_) => Vec::new(),
        Err(error) => return error.to_string(),
    };
    let shown = data.iter().map(|(name, value)| match value {
        Value::Str(text) => format!("{}={}", name.as_str().unwrap(), text.as_str().unwrap()),
        Value::File(file) => format!("{}:{}", name.as_str().unwrap(), file.as_str().unwrap()),
        other => format!("{other:?}"),
    });
    shown.collect::<Vec<_>>().join("|")
}

fn parse(body: &str) -> String {
    parse_as(Release::V5_2, body.as_bytes(), CHUNK, &Limits::default())
}

/// A part with a name, further headers and content.
fn part(name: &str, more: &str, content: &str) -> String {
    format!("--X\r\nContent-Disposition: form-data; name={name}{more}\r\n\r\n{content}\r\n")
}

#[test]
fn content_types() {
    let error = |content_type: &str| {
        let platform = Platform::new(Release::V5_2, Version::new(12));
        let result = super::parse(content_type, b"x", Codec::UTF_8, &Limits::default(), platform);
        result.map(|_| ()).map_err(|error| error.to_string())
    };
    let boundary = |value: &str| Err(format!("Invalid boundary in multipart: {value}"));
    assert_eq!(error("multipart/form-data"), boundary("None"));
    assert_eq!(error("multipart/form-data; boundary="), boundary(""));
    assert_eq!(error("multipart/form-data; boundary=\"a \""), boundary("a "));
    assert_eq!(error("multipart/form-data; boundary=\"a\tb\""), boundary("a\tb"));
    assert_eq!(error("multipart/x; boundary*=utf-8''%C3%A9"), boundary("é"));
    let long = "b".repeat(202);
    assert_eq!(error(&format!("multipart/x; boundary={long}")), boundary(&long));
    assert_eq!(error(&format!("multipart/x; boundary={}", &long[1..])), Ok(()));
    let upper = "Multipart/form-data; boundary=X";
    assert_eq!(error(upper), Err(format!("Invalid Content-Type: {upper}")));
    let text = "Invalid non-ASCII Content-Type in multipart: multipart/x; é";
    assert_eq!(error("multipart/x; é"), Err(text.to_owned()));
}

#[test]
fn fields_and_files() {
    let body =
        part("a", "", "1") + &part("\"b c\"", "", "2\r\n3") + &part("a", "", "") + "--X--\r\n";
    assert_eq!(parse(&body), "a=|b c=2\r\n3");
    let file = part("a", "; filename=\"x/y.txt\"", "1");
    assert_eq!(parse(&(file.clone() + &part("a", "", "2") + "--X--\r\n")), "a:y.txt");
    let no_file = part("a", "; filename=..", "1");
    assert_eq!(parse(&(no_file + "--X--\r\n")), "");
    // A file counts once something follows it, a field at once.
    assert_eq!(parse(&(file.clone() + "--X")), "");
    assert_eq!(parse(&(file + "--X-")), "a:y.txt");
    assert_eq!(parse(&part("a", "", "1")), "a=1\r\n");
    assert_eq!(parse("no boundary at all"), "");
    assert_eq!(parse("--X\r\nContent-Type: text/plain\r\n\r\n1\r\n--X--"), "");
    assert_eq!(parse("--X\nContent-Disposition: form-data; name=a\n\n1\n--X--"), "");
}

#[test]
fn part_headers() {
    let old = |body: &str| parse_as(Release::V4_2, body.as_bytes(), CHUNK, &Limits::default());
    let new = |body: &str| parse_as(Release::V6_0, body.as_bytes(), CHUNK, &Limits::default());
    let body = part("a", "\r\nContent-Transfer-Encoding: BASE64", "YWxp Y2U=") + "--X--\r\n";
    assert_eq!(parse(&body), "a=alice");
    assert_eq!(parse_as(Release::V6_1, body.as_bytes(), CHUNK, &Limits::default()), "a=YWxp Y2U=");
    let body = "--X\r\nContent-Disposition : form-data; name=a\r\n\r\n1\r\n--X--\r\n";
    assert_eq!((parse(body), new(body)), (String::new(), "a=1".to_owned()));
    let body = part("a", &format!("\r\nX: {}", "y".repeat(1000)), "1") + "--X--\r\n";
    assert_eq!(parse(&body), "Request max total header size exceeded.");
    assert_eq!(old(&body), "");
    let body =
        part("a*0*=utf-8''%C3; name*1*=%A9", "", "1").replace("name=a", "name") + "--X--\r\n";
    assert_eq!((parse(&body), old(&body)), ("é=1".to_owned(), String::new()));
}

#[test]
fn base64_of_files() {
    let parse_as = |django, content: &str| {
        let more = "; filename=b\r\nContent-Transfer-Encoding: base64";
        let body = part("a", more, content) + "--X--";
        parse_as(django, body.as_bytes(), CHUNK, &Limits::default())
    };
    let error = "Could not decode base64 data.";
    for (content, result) in [("YWxp\r\nY2U=", "a:b"), ("YWx", error), ("Y!==", error)] {
        assert_eq!(parse_as(Release::V4_2, content), result, "{content}");
        assert_eq!(parse_as(Release::V5_2, content), result, "{content}");
        assert_eq!(parse_as(Release::V6_1, content), result, "{content}");
    }
    // Only four characters at a time are read since 5.2.
    assert_eq!(parse_as(Release::V4_2, "YWxpY2U!="), "a:b");
    assert_eq!(parse_as(Release::V5_2, "YWxpY2U!="), error);
}

#[test]
fn limits() {
    let body = part("ab", "", "123") + &part("c", "; filename=d", &"x".repeat(100)) + "--X--\r\n";
    let parse = |size: usize, fields: usize, files: usize| {
        let limits = Limits {
            max_memory_size: Some(size),
            max_number_fields: Some(fields),
            max_number_files: Some(files),
        };
        parse_as(Release::V5_2, body.as_bytes(), CHUNK, &limits)
    };
    assert_eq!(parse(7, 1, 1), "ab=123|c:d");
    assert_eq!(parse(6, 1, 1), BadRequest::RequestDataTooBig.to_string());
    assert_eq!(parse(7, 0, 1), BadRequest::TooManyFieldsSent.to_string());
    assert_eq!(parse(7, 1, 0), BadRequest::TooManyFilesSent.to_string());
}

#[test]
fn what_is_passed_over_is_read_again_where_a_chunk_ends() {
    let content = "-".repeat(1000) + "\r\nContent-Disposition: x; name=b\r\n\r\n1";
    let body = part("a", "; filename=.", &content) + "--X--";
    let parse = |chunk| parse_as(Release::V5_2, body.as_bytes(), chunk, &Limits::default());
    assert_eq!(parse(CHUNK), "");
    assert_eq!(parse(100), "");
    assert_eq!(parse(150), "b=1");
}
