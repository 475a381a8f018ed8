//! What Microsoft's documents call things that records name by their ids alone.

mod products;
mod roles;

/// The product of a licence's SKU id, written in any case.
pub fn product(sku_id: &str) -> Option<&'static str> {
    find(products::PRODUCTS, sku_id)
}

/// The directory role of a template id, written in any case.
pub fn role(template_id: &str) -> Option<&'static str> {
    find(roles::ROLES, template_id)
}

/// Whatever is called so by a documented list.
pub fn name(id: &str) -> Option<&'static str> {
    product(id).or_else(|| role(id))
}

fn find(list: &[(&str, &'static str)], id: &str) -> Option<&'static str> {
    if id.len() != 36 {
        return None;
    }
    let id = id.to_ascii_lowercase();
    let at = list.binary_search_by(|(known, _)| (*known).cmp(&id)).ok()?;
    list.get(at).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_is_a_guid_in_lower_case_and_is_found() {
        for list in [products::PRODUCTS, roles::ROLES] {
            for (id, listed) in list {
                assert!(
                    uuid::Uuid::try_parse(id).is_ok() && *id == id.to_lowercase(),
                    "{id}"
                );
                assert_eq!(name(&id.to_uppercase()), Some(*listed));
            }
        }
        assert_eq!(
            role("62e90394-69f5-4237-9190-012177145e10"),
            Some("Global Administrator")
        );
        assert_eq!(product("62e90394-69f5-4237-9190-012177145e10"), None);
        assert_eq!(name("Global Administrator"), None);
    }
}
