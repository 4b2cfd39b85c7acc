//! A group of operations inside one open transaction. Shared by all databases as `queries` is.

use super::super::group::Operation;
use super::Conn;
use sqlx::Executor;

/// Closes the last operation's savepoint and the transaction. Were the transaction aborted by something that
/// nobody told, a bare `commit` would roll it back and report no error.
pub(crate) const COMMIT: &str = "release savepoint operation; commit";

/// Runs the operations, each in a savepoint; those that refuse leave nothing. An error ends all of them: then
/// nothing of the transaction may be kept.
pub(crate) async fn run(conn: &mut Conn, group: &mut [Box<dyn Operation>]) -> Result<(), sqlx::Error> {
    let mut between = None;
    for operation in group {
        if let Some(between) = between.take() {
            conn.execute(between).await?;
        }
        if operation.run(&mut (&mut *conn).into()).await {
            between = Some("release savepoint operation; savepoint operation");
        } else {
            conn.execute("rollback to savepoint operation").await?;
        }
    }
    Ok(())
}
