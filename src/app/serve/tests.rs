use axum::{body::Bytes, routing::any};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream},
    net::UnixStream,
    time::{Instant, sleep, timeout},
};

use super::*;

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";

fn router() -> Router {
    Router::new()
        .route("/", any(async || "hello"))
        .route("/long", any(async || vec![b'x'; 1000]))
        .route("/slow", any(async || sleep(Duration::from_mins(5)).await))
        .route("/body", any(async |body: Bytes| body.len().to_string()))
}

fn behind() -> Behind {
    Behind { router: router(), answers: Arc::default(), draining: Draining::default() }
}

/// The client's end of a connection that holds `buffer` octets on their way.
async fn connect(buffer: usize, places: &Places) -> DuplexStream {
    let (client, server) = tokio::io::duplex(buffer);
    let place = places.take().await;
    let (sender, ending) = watch::channel(false);
    let (behind, peer, limits) = (Arc::new(behind()), Peer(None), Limits::default());
    Connection { behind, peer, limits, place, ending }.spawn(server);
    // Dropped, it would end them all.
    std::mem::forget(sender);
    client
}

/// A connection of many.
async fn client() -> DuplexStream {
    connect(64 * 1024, &Places::new(100)).await
}

async fn answer(client: &mut DuplexStream) -> String {
    let mut read = vec![0; 4096];
    let length = client.read(&mut read).await.unwrap();
    String::from_utf8(read[..length].to_vec()).unwrap()
}

/// How long it takes until the other end closes the connection.
async fn closed(client: &mut DuplexStream) -> Duration {
    let began = Instant::now();
    let mut rest = Vec::new();
    let _ = client.read_to_end(&mut rest).await;
    assert!(rest.is_empty(), "{:?}", String::from_utf8_lossy(&rest));
    began.elapsed()
}

/// Timers count milliseconds.
fn assert_about(took: Duration, expected: Duration) {
    assert!(took >= expected && took < expected + Duration::from_millis(20), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn headers_have_a_deadline_from_their_first_octet_on() {
    let mut client = client().await;
    sleep(Duration::from_mins(1)).await;
    let began = Instant::now();
    for octet in &GET[..9] {
        client.write_all(&[*octet]).await.unwrap();
        sleep(Duration::from_secs(1)).await;
    }
    closed(&mut client).await;
    assert_about(began.elapsed(), Limits::default().head);
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed_after_longer_than_proxies_keep_theirs() {
    let mut fresh = client().await;
    assert_about(closed(&mut fresh).await, Limits::default().idle);

    let mut used = client().await;
    for _ in 0..3 {
        used.write_all(GET).await.unwrap();
        assert!(answer(&mut used).await.starts_with("HTTP/1.1 200 OK"));
        sleep(Duration::from_mins(1)).await;
    }
    used.write_all(GET).await.unwrap();
    answer(&mut used).await;
    assert_about(closed(&mut used).await, Limits::default().idle);
}

#[tokio::test(start_paused = true)]
async fn where_places_are_rare_idle_ones_are_free_sooner() {
    let places = Places::new(8);
    let mut early = connect(64, &places).await;
    let mut others = Vec::new();
    for _ in 0..6 {
        others.push(connect(64, &places).await);
    }
    assert_about(closed(&mut early).await, Limits::default().idle_when_crowded);
    drop(others);
}

/// Else whoever comes first with many silent ones would have their places for long.
#[tokio::test(start_paused = true)]
async fn those_that_were_idle_before_places_became_rare_are_no_exception() {
    let places = Places::new(8);
    let mut early = connect(64, &places).await;
    early.write_all(GET).await.unwrap();
    let mut read = String::new();
    while !read.ends_with("hello") {
        read += &answer(&mut early).await;
    }
    sleep(Limits::default().idle / 2).await;
    let mut others = Vec::new();
    for _ in 0..6 {
        others.push(connect(64, &places).await);
    }
    let took = closed(&mut early).await;
    assert!(took <= Limits::default().idle_when_crowded, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_its_answer_is_let_go() {
    let mut client = connect(64, &Places::new(100)).await;
    client.write_all(b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    sleep(Limits::default().write + Duration::from_secs(1)).await;
    let mut read = Vec::new();
    client.read_to_end(&mut read).await.unwrap();
    assert!(read.len() <= 64, "{}", read.len());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_slowly_gets_its_answer() {
    let mut client = connect(64, &Places::new(100)).await;
    let request = b"GET /long HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    client.write_all(request).await.unwrap();
    let began = Instant::now();
    let mut read = [0; 64];
    let mut length = 0;
    loop {
        sleep(Limits::default().write / 10).await;
        match client.read(&mut read).await.unwrap() {
            0 => break,
            more => length += more,
        }
    }
    assert!(length > 1000, "{length}");
    assert!(began.elapsed() > Limits::default().write);
}

#[tokio::test(start_paused = true)]
async fn a_body_may_take_longer_than_headers() {
    let mut client = client().await;
    client.write_all(b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n").await.unwrap();
    for octet in b"body" {
        sleep(Limits::default().head).await;
        client.write_all(&[*octet]).await.unwrap();
    }
    assert!(answer(&mut client).await.ends_with("\r\n\r\n4"));
}

/// Whoever sends a body that is not read gets the answer all the same, and no reset.
#[tokio::test]
async fn a_body_that_nobody_reads_takes_no_answer_back() {
    let listener = Listener::tcp("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.address();
    let shutdown = Shutdown::new().unwrap();
    let server = tokio::spawn(async move {
        Server::with(behind(), Places::new(2)).serve(listener, shutdown, Duration::ZERO).await;
    });
    for _ in 0..10 {
        let mut client = tokio::net::TcpStream::connect(&address).await.unwrap();
        let length = 5_000_000;
        let head = format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n");
        client.write_all(head.as_bytes()).await.unwrap();
        client.write_all(&vec![b'x'; length]).await.unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("hello"), "{answer}");
    }
    server.abort();
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_hang_up_is_not_waited_for_long() {
    let mut client = client().await;
    let request = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n";
    client.write_all(request).await.unwrap();
    answer(&mut client).await;
    let began = Instant::now();
    while client.write_all(b"x").await.is_ok() {
        sleep(Duration::from_millis(100)).await;
        assert!(began.elapsed() < Limits::default().linger * 2);
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_has_a_deadline() {
    let mut client = client().await;
    client.write_all(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let began = Instant::now();
    let answer = answer(&mut client).await;
    assert_about(began.elapsed(), Limits::default().answer);
    assert!(answer.starts_with("HTTP/1.1 503 Service Unavailable\r\n"), "{answer}");
    assert!(answer.contains("\r\nretry-after: 1\r\n"), "{answer}");
    assert_eq!(closed(&mut client).await, Duration::ZERO);
}

/// In the kernel's queue they wait for a place, and are served when there is one.
#[tokio::test]
async fn connections_beyond_the_places_wait() {
    let name = format!("drf-auth-places-{}.sock", std::process::id());
    let path = crate::config::Environment::temporary_folder().join(name);
    let listener = Listener::unix(&path).unwrap();
    let shutdown = Shutdown::new().unwrap();
    let server = tokio::spawn(async move {
        Server::with(behind(), Places::new(2)).serve(listener, shutdown, Duration::ZERO).await;
    });
    let mut clients = Vec::new();
    for _ in 0..3 {
        let mut client = UnixStream::connect(&path).await.unwrap();
        client.write_all(GET).await.unwrap();
        clients.push(client);
    }
    let mut third = clients.pop().unwrap();
    let mut read = [0; 15];
    for client in &mut clients {
        client.read_exact(&mut read).await.unwrap();
    }
    assert!(timeout(Duration::from_millis(200), third.read_exact(&mut read)).await.is_err());
    clients.pop();
    third.read_exact(&mut read).await.unwrap();
    assert_eq!(&read, b"HTTP/1.1 200 OK");
    server.abort();
    let _ = std::fs::remove_file(&path);
}

/// The time after which a connection rests, and a little more.
fn nap() -> Duration {
    Limits::default().rest * 2
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_has_rested_is_served_as_before() {
    let mut client = client().await;
    for _ in 0..3 {
        sleep(nap()).await;
        client.write_all(GET).await.unwrap();
        assert!(answer(&mut client).await.ends_with("\r\n\r\nhello"));
    }
    // What comes in parts, and what comes together.
    sleep(nap()).await;
    client.write_all(&GET[..7]).await.unwrap();
    sleep(nap()).await;
    client.write_all(&GET[7..]).await.unwrap();
    assert!(answer(&mut client).await.ends_with("\r\n\r\nhello"));
    sleep(nap()).await;
    client.write_all(&[GET, GET, &GET[..9]].concat()).await.unwrap();
    sleep(nap()).await;
    assert_eq!(answer(&mut client).await.matches("hello").count(), 2);
    client.write_all(&GET[9..]).await.unwrap();
    assert!(answer(&mut client).await.ends_with("\r\n\r\nhello"));
    sleep(nap()).await;
    let long = format!(
        "GET /body HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\nX: {}\r\n\r\n",
        "x".repeat(7000)
    );
    client.write_all(long.as_bytes()).await.unwrap();
    client.write_all(&[b'x'; 9000]).await.unwrap();
    assert!(answer(&mut client).await.ends_with("\r\n\r\n9000"));
    assert_about(closed(&mut client).await, Limits::default().idle);
}

/// Part of a request that came together with the one before it.
#[tokio::test(start_paused = true)]
async fn a_request_that_has_begun_has_its_deadline_after_a_rest_too() {
    let mut client = client().await;
    client.write_all(&[GET, &GET[..9]].concat()).await.unwrap();
    answer(&mut client).await;
    let took = closed(&mut client).await;
    assert!(took < Limits::default().head + nap(), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_not_taken_is_no_rest() {
    let mut client = connect(64, &Places::new(100)).await;
    client.write_all(b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut read = String::new();
    while !read.ends_with(&"x".repeat(1000)) {
        sleep(nap()).await;
        read += &answer(&mut client).await;
    }
    client.write_all(GET).await.unwrap();
    assert!(answer(&mut client).await.starts_with("HTTP/1.1 200 OK"));
}

#[tokio::test(start_paused = true)]
async fn resting_connections_end_with_the_service() {
    let (sender, _) = watch::channel(false);
    let places = Places::new(8);
    let client = async || {
        let (client, server) = tokio::io::duplex(4096);
        let (behind, peer, limits) = (Arc::new(behind()), Peer(None), Limits::default());
        let (place, ending) = (places.take().await, sender.subscribe());
        Connection { behind, peer, limits, place, ending }.spawn(server);
        client
    };
    let (mut resting, mut silent, mut busy) = (client().await, client().await, client().await);
    resting.write_all(GET).await.unwrap();
    answer(&mut resting).await;
    sleep(nap()).await;
    busy.write_all(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let (mut new, mut late) = (client().await, client().await);
    sleep(Duration::from_millis(1)).await;
    // Its request is there when the end is.
    late.write_all(GET).await.unwrap();
    sender.send_replace(true);
    for client in [&mut resting, &mut silent, &mut new] {
        assert_about(closed(client).await, Duration::ZERO);
    }
    assert!(answer(&mut late).await.starts_with("HTTP/1.1 200 OK"));
    closed(&mut late).await;
    assert!(answer(&mut busy).await.contains("\r\nconnection: close\r\n"));
    timeout(Duration::from_secs(1), sender.closed()).await.unwrap();
}
