//! The security headers of every answer, whatever it is and whoever made it. Handlers set none of them.

use std::sync::Arc;

use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, Request, header};
use tower::{Layer, Service};

use crate::api::Revalidated;

/// What the headers depend on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderPolicy {
    /// Whether browsers come over https: then they are told never to come otherwise.
    pub https: bool,
    /// Origins (`https://host`, no path) that forms may lead to besides ours: the sign-in provider's. Browsers
    /// apply `form-action` to redirects after a form too, and signing out redirects there.
    pub form_origins: Vec<String>,
}

/// An answer with this extension never changes under its address: caches may keep it for a year. Records that programs
/// read say themselves how they may be kept ([`Revalidated`]). Everything else is `no-store`, so that the Back button shows
/// nothing after signing out.
#[derive(Clone, Copy, Debug)]
pub struct Immutable;

/// The layer that sets the headers; the outermost one that answers anything.
///
/// # Panics
/// When a form origin holds characters that no header may, which the settings' checks exclude.
pub fn layer(policy: HeaderPolicy) -> HeadersLayer {
    HeadersLayer(Arc::new(header_set(&policy)))
}

const YEAR: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Features of browsers that no page here needs.
const PERMISSIONS: &str = "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), display-capture=(), \
    encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), \
    payment=(), picture-in-picture=(), publickey-credentials-get=(), screen-wake-lock=(), usb=(), \
    xr-spatial-tracking=()";

fn content_security_policy(form_origins: &[String]) -> String {
    let mut forms = String::from("'self'");
    for origin in form_origins {
        forms.push(' ');
        forms.push_str(origin);
    }
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
         form-action {forms}; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
    )
}

fn header_set(policy: &HeaderPolicy) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let fixed = |text| HeaderValue::from_static(text);
    let csp = HeaderValue::try_from(content_security_policy(&policy.form_origins))
        .expect("origins are plain ASCII: the settings were checked");
    headers.insert(header::CONTENT_SECURITY_POLICY, csp);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff"));
    // Not `no-referrer`: with it browsers send `Origin: null` on our own forms.
    headers.insert(header::REFERRER_POLICY, fixed("same-origin"));
    headers.insert(HeaderName::from_static("permissions-policy"), fixed(PERMISSIONS));
    headers.insert(
        HeaderName::from_static("cross-origin-opener-policy"),
        fixed("same-origin"),
    );
    headers.insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        fixed("same-origin"),
    );
    headers.insert(
        HeaderName::from_static("cross-origin-embedder-policy"),
        fixed("require-corp"),
    );
    if policy.https {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            fixed("max-age=63072000; includeSubDomains"),
        );
    }
    headers
}

/// See [`layer`].
#[derive(Clone, Debug)]
pub struct HeadersLayer(Arc<HeaderMap>);

impl<S> Layer<S> for HeadersLayer {
    type Service = Headers<S>;

    fn layer(&self, inner: S) -> Headers<S> {
        Headers {
            inner,
            set: self.0.clone(),
        }
    }
}

/// The service of [`HeadersLayer`].
#[derive(Clone, Debug)]
pub struct Headers<S> {
    inner: S,
    set: Arc<HeaderMap>,
}

impl<S, B> Service<Request<B>> for Headers<S>
where
    S: Service<Request<B>, Response = Response>,
    S::Future: Send + 'static,
    S::Error: 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = futures_util::future::BoxFuture<'static, Result<Response, S::Error>>;

    fn poll_ready(&mut self, cx: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let set = self.set.clone();
        let answer = self.inner.call(request);
        Box::pin(async move {
            let mut response = answer.await?;
            let extensions = response.extensions();
            let cache = if extensions.get::<Immutable>().is_some() {
                Some(YEAR)
            } else if extensions.get::<Revalidated>().is_some() {
                None
            } else {
                Some(NO_STORE)
            };
            let headers = response.headers_mut();
            for (name, value) in set.iter() {
                headers.insert(name.clone(), value.clone());
            }
            if let Some(cache) = cache {
                headers.insert(header::CACHE_CONTROL, cache);
            }
            Ok(response)
        })
    }
}
