//! `[rest_framework]`, `[cors]` and `[routes]`.

use super::{
    facts::Facts,
    former::Former,
    literal::Literal,
    sheet::{Sheet, is_taken},
};

/// DRF's own classes beside the token's.
const SESSION: &str = "rest_framework.authentication.SessionAuthentication";
const BASIC: &str = "rest_framework.authentication.BasicAuthentication";
const REMOTE: &str = "rest_framework.authentication.RemoteUserAuthentication";

/// Where gateways ask.
const VERIFY_PATH: &str = "/verify/";

/// Writes the three sections.
pub(super) fn write(sheet: &mut Sheet, answer: Facts<'_>, former: &Former) {
    rest_framework(sheet, answer.at("rest_framework"));
    cors(sheet, answer.at("cors"));
    routes(sheet, answer.at("routes"), former);
}

fn rest_framework(sheet: &mut Sheet, facts: Facts<'_>) {
    sheet.section("rest_framework");
    let classes: Vec<Facts<'_>> = facts.list("authentication_classes").collect();
    let names: Vec<&str> = classes.iter().map(|class| class.text("path")).collect();
    sheet.comment(format!(
        "DEFAULT_AUTHENTICATION_CLASSES: {}.",
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    ));
    let token = classes.iter().position(|class| class.flag("is_token"));
    if token.is_some() {
        sheet.set("authentication_classes", Literal::texts(["TokenAuthentication"]));
    } else {
        sheet.comment(
            "None of them reads tokens, so the login view ignores the Authorization header. (DRF's \
             SessionAuthentication and BasicAuthentication do not, and are not built.)",
        );
        sheet.set("authentication_classes", Literal::List(Vec::new()));
    }
    let known = [SESSION, BASIC, REMOTE];
    let strange = classes
        .iter()
        .filter(|class| !class.flag("is_token") && !known.contains(&class.text("path")));
    let strange: Vec<&str> = strange.map(|class| class.text("path")).collect();
    if !strange.is_empty() {
        sheet.decide(
            "authentication_classes",
            format!("{} look at requests to the login view, too.", strange.join(", ")),
        );
    }
    if token.is_some_and(|position| position > 0) {
        sheet.decide(
            "authentication_classes",
            "TokenAuthentication is not the first of DEFAULT_AUTHENTICATION_CLASSES: the first decides whether a \
             wrong token is answered with 401 or 403, and here it is 401.",
        );
    }
    if token.is_some() && classes.len() > 1 {
        sheet.comment("Only TokenAuthentication is built: sessions and Basic are not looked at.");
    }
    differing(sheet, facts.at("differing"));
}

/// Where `REST_FRAMEWORK` is not DRF's default.
fn differing(sheet: &mut Sheet, facts: Facts<'_>) {
    for (name, value) in facts.entries() {
        let said = format!("{name} = {}.", value.shown());
        match name {
            "EXCEPTION_HANDLER" => sheet.decide("exception_handler", said),
            "NON_FIELD_ERRORS_KEY" => sheet.decide("non_field_errors_key", said),
            "DEFAULT_RENDERER_CLASSES" | "DEFAULT_PARSER_CLASSES" | "DEFAULT_THROTTLE_CLASSES" => sheet.comment(format!(
                "{said} DRF's obtain_auth_token does not ask it. The views login, logout and profile of this \
                 service answer by DRF's defaults."
            )),
            _ => sheet.decide("rest_framework", said),
        }
    }
}

fn cors(sheet: &mut Sheet, facts: Facts<'_>) {
    if !facts.is_there() {
        return;
    }
    sheet.section("cors");
    sheet.comment("django-cors-headers.");
    for (key, value) in facts.at("settings").entries() {
        match (key, Literal::of_json(value.value())) {
            ("allowed_origin_regexes", Some(Literal::List(regexes))) => {
                origin_regexes(sheet, key, regexes);
            }
            (_, Some(value)) => sheet.set_or_decide(key, value, "cors"),
            (_, None) => sheet.decide("cors", format!("{key} = {}.", value.shown())),
        }
    }
    if facts.flag("signals") {
        sheet.decide("cors", "check_request_enabled has receivers, which are not asked here.");
    }
    let before = facts.texts("before");
    if !before.is_empty() {
        sheet.decide(
            "cors",
            format!(
                "CorsMiddleware comes after {}: what those answer is without its headers, here all answers \
                 have them.",
                before.join(", ")
            ),
        );
    }
}

/// What is no regular expression here, where there is no look-around, leaves the others in force.
fn origin_regexes(sheet: &mut Sheet, key: &str, regexes: Vec<Literal>) {
    let is_one = |regex: &Literal| is_taken("cors", key, &Literal::List(vec![regex.clone()]));
    let (used, unusable): (Vec<_>, Vec<_>) = regexes.into_iter().partition(is_one);
    for regex in unusable {
        sheet.decide(
            "cors",
            format!("{key}: {regex} cannot be used here, and allows no origin: write it without look-around and references back."),
        );
    }
    sheet.set(key, Literal::List(used));
}

fn routes(sheet: &mut Sheet, facts: Facts<'_>, former: &Former) {
    sheet.section("routes");
    let mut found = 0;
    for login in facts.list("logins") {
        let (path, view) = (login.text("path"), login.text("view"));
        if path.is_empty() {
            sheet.comment(format!(
                "{view} is at the pattern {}, which is more than one path: write each that clients use.",
                login.text("pattern")
            ));
            continue;
        }
        found += 1;
        sheet.set(path, "obtain_auth_token");
        view_of(sheet, login, path);
    }
    let others: Vec<Facts<'_>> = facts.list("others").collect();
    if !others.is_empty() {
        sheet.comment("Left to Django, though the names make one think of logins:");
        for other in others {
            sheet.comment(format!("- {} ({})", other.text("pattern"), other.text("view")));
        }
    }
    if found == 0 {
        sheet.comment("No path of the urlconf leads to DRF's ObtainAuthToken.");
        sheet.decide(
            "routes",
            "Write under [routes] which paths of the project are which view of this service: \"obtain_auth_token\", or \
             \"login\", \"logout\" and \"profile\" where its views are as tutorials write them (README, \"Views\"). \
             Without any it takes tokens alone.",
        );
    }
    let has_others = former.keep_routes(sheet);
    if found == 0 && !has_others {
        sheet.comment("Whose token it is, for gateways:");
        sheet.set(VERIFY_PATH, "verify");
    } else if sheet.value("routes", VERIFY_PATH).is_none() {
        sheet.comment("For gateways:");
        sheet.comment(format!("\"{VERIFY_PATH}\" = \"verify\""));
    }
}

/// How a login view differs from DRF's.
fn view_of(sheet: &mut Sheet, login: Facts<'_>, path: &str) {
    let own = login.texts("own");
    if !own.is_empty() {
        sheet.decide(
            "obtain_auth_token",
            format!("{path}: {} is the project's own.", own.join(", ")),
        );
    }
    for (name, value) in login.at("said").entries() {
        let decision = if name == "throttle_classes" { "throttles" } else { "obtain_auth_token" };
        let said = format!("{path}: {name} of {} is {}.", login.text("view"), value.shown());
        sheet.decide(decision, said);
    }
    let decorators = login.texts("decorators");
    if !decorators.is_empty() {
        sheet.decide(
            "obtain_auth_token",
            format!("{path}: the view is wrapped by {}.", decorators.join(", ")),
        );
    }
}
