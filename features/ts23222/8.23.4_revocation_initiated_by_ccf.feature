# TS 23.222 clause 8.23.4: the core function revokes the authorization of an invoker of its own accord.
@sut:ccf @cap:ccf.apis.security @cap:ccf.methods.OAUTH @cap:ccf.grants.client_credentials
Feature: Revocation of an authorization, initiated by the core function

  Background:
    Given a provider with an exposing function
    And the exposing function serves
    And the exposing function offers "location" and "quality" with OAUTH
    And the invoker is onboarded for "location" and "quality"
    And the second invoker is onboarded for "location"
    And the invoker has negotiated OAUTH with the exposing function
    And the second invoker has negotiated OAUTH with the exposing function
    And the second invoker has a token for "location"
    And the invoker has a token for "location" and "quality"

  @req:23222-8.23.4-01
  Scenario: Step 1: the core function is triggered
    When the invoker invokes "location"
    And the core function is told to revoke the authorization of the invoker for "location"
    And the invoker invokes "location"
    Then the core function begins the revocation

  @req:23222-8.23.4-02
  Scenario: Step 2: the exposing function is asked to revoke
    When the core function is told to revoke the authorization of the invoker for "location"
    And the core function is told to revoke the authorization of the invoker for "quality"
    Then the exposing function is asked to revoke exactly "location" and "quality", one after the other

  @req:23222-8.23.4-05
  Scenario: Step 5: the authorization ends at the core function
    When the core function is told to revoke the authorization of the invoker for "location"
    And the invoker requests a token for "location"
    And the invoker requests a token for "quality"
    And the second invoker requests a token for "location"
    Then the authorization has ended at the core function once the exposing function agreed

  @req:23222-8.23.4-06
  Scenario: Step 6: the invoker is notified
    When the core function is told to revoke the authorization of the invoker for "location"
    And the invoker requests a token for "location"
    And the core function is told to revoke the authorization of the second invoker for "location"
    Then the invoker is notified of what the core function revoked, and no other
