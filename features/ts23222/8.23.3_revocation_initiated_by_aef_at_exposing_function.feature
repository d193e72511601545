# TS 23.222 clause 8.23.3: the steps of the exposing function under test, which is told to revoke.
@sut:aef @cap:aef.methods.OAUTH @cap:aef.grants.client_credentials
Feature: Revocation of an authorization, initiated by the exposing function under test

  Background:
    Given the exposing function under test has published "location", "quality" and "mapping" with OAUTH
    And the invoker is onboarded for "location", "quality" and "mapping"
    And the second invoker is onboarded for "location"
    And the invoker has negotiated OAUTH with the exposing function
    And the second invoker has negotiated OAUTH with the exposing function
    And the invoker has a token for "location", "quality" and "mapping"
    And the second invoker has a token for "location"

  @req:23222-8.23.3-08
  Scenario: Preconditions 1 and 2: the invoker is served until the revocation
    When the invoker invokes "location", "quality" and "location"
    And the exposing function under test is told to revoke the authorization of the invoker for "location"
    Then the invoker is served until the revocation

  @req:23222-8.23.3-01 @req:23222-8.23.3-02 @req:23222-8.23.2-01
  Scenario: Steps 1 and 2: the core function is asked to revoke
    When the invoker invokes "location"
    And the exposing function under test is told to revoke the authorization of the invoker for "location"
    Then the exposing function begins the revocation
    And the exposing function sends the details of the invoker and of exactly "location"
    And the revocation names the invoker, the service APIs and a cause

  @req:23222-8.23.3-05 @req:33122-C.6-07
  Scenario: Step 5: the authorization ends at the exposing function
    When the invoker invokes "location" and "quality"
    And the second invoker invokes "location"
    And the exposing function under test is told to revoke the authorization of the invoker for "location"
    And the invoker invokes "location", "location" and "quality"
    And the invoker invokes "location" by DELETE
    And the second invoker invokes "location"
    And the invoker invokes "location"
    Then the exposing function has ended the authorization that it revoked and no other
    And a token that was revoked before it ran out is not accepted any more

  @req:23222-8.23.3-05
  Scenario: Step 5: all authorization of an invoker ends at the exposing function
    When the invoker invokes "location" and "quality"
    And the second invoker invokes "location"
    And the exposing function under test is told to revoke all authorization of the invoker
    And the invoker invokes "location" and "quality"
    And the second invoker invokes "location"
    Then the exposing function has ended the authorization that it revoked and no other

  @req:23222-8.23.3-05 @req:33122-C.6-07
  Scenario: Step 5: the authorization ends for a token that was not used before
    When the invoker invokes "location" and "quality"
    And the second invoker invokes "location"
    And the invoker gets a token for "location" and "quality"
    And the exposing function under test is told to revoke the authorization of the invoker for "location"
    And the invoker invokes "location" and "quality"
    And the second invoker invokes "location"
    Then the exposing function has ended the authorization that it revoked and no other
    And a token that was revoked before it ran out is not accepted any more

  @req:23222-8.23.3-05
  Scenario: Step 5: the authorization ends for each service API of several
    When the invoker invokes "location", "quality" and "mapping"
    And the second invoker invokes "location"
    And the exposing function under test is told to revoke the authorization of the invoker for "location" and "mapping"
    And the invoker invokes "location", "quality" and "mapping"
    And the second invoker invokes "location"
    Then the exposing function has ended the authorization that it revoked and no other

  @req:23222-8.23.3-10
  Scenario: Steps 4 and 5: the authorization ends after the answer of the core function
    When the invoker invokes "location"
    And the invoker invokes "location" while the exposing function under test revokes its authorization
    And the invoker invokes "location"
    Then the authorization ends at the exposing function after the answer of the core function, not before

  @req:23222-8.23.3-14
  Scenario: Step 2: other exposing functions may be indicated
    When the exposing function under test is told to revoke "location" of the invoker, also elsewhere
    Then the revocation may indicate other exposing functions

  @req:23722-AR-6.3.2-e
  Scenario: Access is controlled at every invocation
    When the invoker invokes "location" and "location"
    And the exposing function under test is told to revoke the authorization of the invoker for "location"
    And the invoker invokes "location"
    Then access is controlled at every invocation
